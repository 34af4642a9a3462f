package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.Optional;

/**
 * An event that is encoded once, to be sent to single sockets of a namespace at different times: all of them share its bytes. It is for the moment: a socket that gets it while its session
 * breaks is not sent it again. So it carries no offset.
 */
public final class PreparedEvent {
  private final String namespace;
  private final Encoded packet;

  PreparedEvent(String namespace, Payload payload) {
    RawJson last = payload.arguments().isEmpty() ? payload.name() : payload.arguments().getLast();
    if (last.bytes()[last.from()] == '"') {
      throw new IllegalArgumentException("A prepared event needs an argument, and the last one must not be a text: clients would take it for an offset");
    }
    this.namespace = namespace;
    packet = Encoded.event(namespace, Packet.NO_ID, payload, Optional.empty());
  }

  /** The packet for sockets of this namespace. */
  Encoded packet(Namespace receiver) {
    if (!receiver.name().equals(namespace)) {
      throw new IllegalArgumentException("The event was prepared for " + namespace + ", and not for " + receiver.name());
    }
    return packet;
  }
}
