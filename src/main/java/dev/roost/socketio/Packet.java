package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.List;

/** A Socket.IO packet of a client (protocol 5), checked. */
sealed interface Packet {
  /** Of an event or an acknowledgement: nobody waits for an answer. */
  long NO_ID = -1;

  String namespace();

  /** @param auth an object, or absent */
  record Connect(String namespace, RawJson auth) implements Packet {}

  record Disconnect(String namespace) implements Packet {}

  /** What a socket is told, when its attachments are complete. */
  sealed interface Message extends Packet {

    /** How many binary messages follow. */
    int attachments();

    /** The elements of the payload, as they came in. */
    List<RawJson> arguments();
  }

  /**
   * An event.
   *
   * @param id what its acknowledgement has to name, or {@link #NO_ID}
   * @param attachments how many binary messages follow
   * @param name the first element of the payload; a number is taken as its text
   * @param arguments the others, as they came in
   */
  record Event(String namespace, long id, int attachments, String name, List<RawJson> arguments) implements Message {}

  /** The answer to an event. */
  record Ack(String namespace, long id, int attachments, List<RawJson> arguments) implements Message {}
}
