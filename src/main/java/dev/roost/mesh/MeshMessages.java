package dev.roost.mesh;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Every message of section 3 of the contract, and the additions that {@code docs/mesh.md} describes. */
final class MeshMessages {

  private MeshMessages() {}

  // ---- 3.1: what clients send, checked

  sealed interface Inbound {}

  record Heartbeat() implements Inbound {}

  /**
   * Where the sender is.
   *
   * @param location as sent
   * @param relay the finished frame, the same for all receivers
   */
  record LocationUpdate(RawJson location, Frame relay) implements Inbound {}

  /** Something for one client, or for all others; {@code relay} is the finished frame. */
  record PeerMessage(String targetId, Frame relay) implements Inbound {}

  record RequestClientList() implements Inbound {}

  /** Addition: asks for access to the TURN servers. */
  record RequestIceServers() implements Inbound {}

  /** Something that is wrong in itself, or came too fast. */
  record Faulty(Fault fault) implements Inbound {}

  // ---- 3.2: what the server sends; relayed messages are frames already

  sealed interface Outbound {}

  record Welcome(String serverId, String serverName, String organizationId, Instant now) implements Outbound {}

  /** {@code client-list-update}. */
  record ClientListUpdate(Members members) implements Outbound {}

  /** {@code client-list}, the answer to a request. */
  record ClientList(Members members) implements Outbound {}

  record ServerHeartbeat(int clientCount, Instant now) implements Outbound {}

  record HeartbeatAck(Instant now) implements Outbound {}

  record AdminHeartbeat(String deviceId, long term, Instant now) implements Outbound {}

  record IceServers(TurnAccess access) implements Outbound {}

  record FaultAnswer(Fault fault) implements Outbound {}

  /** Who is there, in the order in which they came, and who is in office. */
  record Members(Collection<Client> clients, Optional<String> adminId, long term) {}

  /**
   * Access to TURN servers for a time.
   *
   * @param expires until when it can be used to make allocations
   */
  record TurnAccess(List<String> urls, String username, String credential, Instant expires) {}

  /** What may be wrong with a message: the codes of 3.1, with a text for people. */
  enum Fault {
    BAD_MESSAGE("The message must be a JSON object, a peer-message has data with a targetId and a message"),
    UNKNOWN_TYPE("There is no such type of message on this server"),
    BAD_LOCATION("data must hold latitude (-90 to 90), longitude (-180 to 180) and, if any, accuracy (0 or more) as numbers"),
    NOT_ALLOWED("Only devices with the capability location.share send locations here"),
    UNKNOWN_TARGET("No device with this id is connected"),
    RATE_LIMITED("Too many messages, or too large ones");

    private final String text;

    Fault(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
