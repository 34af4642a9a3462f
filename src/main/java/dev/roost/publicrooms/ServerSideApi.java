package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.socketio.Payload;
import dev.roost.transport.ClientAddress;
import dev.roost.transport.json.JsonIn;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Brings the questions of {@link PublicRoomsApi} to the rooms' loop. */
final class ServerSideApi implements PublicRoomsApi {
  static final int MAX_EVENT = 256;

  private final Loop loop;
  private final StudyRooms rooms;
  private final IpHash hash;

  ServerSideApi(Loop loop, StudyRooms rooms, IpHash hash) {
    this.loop = loop;
    this.rooms = rooms;
    this.hash = hash;
  }

  /** Whether an event may have this name. */
  static boolean isEvent(String name) {
    return !name.isEmpty() && name.length() <= MAX_EVENT && Payload.isEventName(name);
  }

  @Override
  public CompletionStage<OptionalInt> broadcastToPublicRoom(String roomId, String event, String json) {
    RawJson data = json.isEmpty() ? RawJson.ABSENT : RawJson.of(json.strip());
    if (!isEvent(event)) {
      throw new IllegalArgumentException("event must have 1-" + MAX_EVENT + " characters and not be one of Socket.IO itself, but was \"" + event + "\"");
    }
    if (!json.isEmpty() && JsonIn.kind(data.bytes()) == JsonIn.Kind.MALFORMED) {
      throw new IllegalArgumentException("json must be one JSON value");
    }
    if (!Nesting.isBounded(data)) {
      throw new IllegalArgumentException("json must not be nested deeper than " + Nesting.MAX_DEPTH + " levels");
    }
    return broadcast(roomId, event, data);
  }

  /** @param data checked; absent for an event without a value */
  CompletionStage<OptionalInt> broadcast(String roomId, String event, RawJson data) {
    return ask(() -> rooms.broadcast(roomId, event, data)).thenApply(receivers -> receivers < 0 ? OptionalInt.empty() : OptionalInt.of(receivers));
  }

  @Override
  public CompletionStage<Integer> getConnectionCount(String ipAddress) {
    String ipHash = hashOf(ipAddress);
    return ask(() -> rooms.connectionCount(ipHash));
  }

  @Override
  public CompletionStage<Void> stopHealthChecks() {
    return CompletableFuture.runAsync(rooms::stopHealthChecks, loop);
  }

  @Override
  public CompletionStage<CapacityStatus> getCapacityStatus() {
    return ask(rooms::capacity);
  }

  @Override
  public CompletionStage<ReconnectionStatus> getReconnectionStatus(String ipAddress) {
    String ipHash = hashOf(ipAddress);
    return ask(() -> rooms.reconnection(ipHash));
  }

  private String hashOf(String ipAddress) {
    Optional<String> canonical = ClientAddress.canonical(ipAddress);
    return hash.of(canonical.orElseThrow(() -> new IllegalArgumentException("ipAddress must be an IP address, but was \"" + ipAddress + "\"")));
  }

  private <T> CompletionStage<T> ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, loop);
  }
}
