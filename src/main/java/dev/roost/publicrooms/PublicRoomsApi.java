package dev.roost.publicrooms;

import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;

/**
 * What the program around the public rooms may ask of them: the server-side methods of the contract (section 3.6), in the process of the server. Any thread may call; nothing blocks,
 * the answer comes from the rooms' loop. After the end of the server a stage may stay without an answer.
 */
public interface PublicRoomsApi {

  /**
   * Sends an event to all joined sockets of a room, in the order of its other events, such as {@code broadcastToPublicRoom(roomId, "room-update", "{\"message\":\"Room capacity changed\"}")}.
   *
   * @param event any name but those that Socket.IO keeps for itself ({@code connect}, {@code connect_error}, {@code disconnect}, {@code disconnecting}, {@code newListener},
   *     {@code removeListener})
   * @param json one JSON value, which clients get as it is; empty: an event without a value
   * @return how many sockets it was sent to; empty if there is no such room
   * @throws IllegalArgumentException if the name is one of those, or the text is no JSON, or has more than 32 levels of objects and lists, which not every client can read
   */
  CompletionStage<OptionalInt> broadcastToPublicRoom(String roomId, String event, String json);

  /**
   * The live sockets of an address in rooms, those that wait for a place included.
   *
   * @throws IllegalArgumentException if it is no IP address
   */
  CompletionStage<Integer> getConnectionCount(String ipAddress);

  /** Ends the pings of section 2.5 for good: no socket is ended for being silent any more. A second call does nothing. */
  CompletionStage<Void> stopHealthChecks();

  /** How full the system is. */
  CompletionStage<CapacityStatus> getCapacityStatus();

  /**
   * The backoff of an address.
   *
   * @throws IllegalArgumentException if it is no IP address
   */
  CompletionStage<ReconnectionStatus> getReconnectionStatus(String ipAddress);
}
