package dev.roost.socketio;

import dev.roost.core.Delivery;
import dev.roost.core.RawJson;
import java.util.List;

/** An event of a client. On the loop of the server. */
public final class Event {
  private final Socket socket;
  private final String name;
  private final List<RawJson> arguments;
  private final List<byte[]> attachments;
  private long id;

  Event(Socket socket, String name, List<RawJson> arguments, List<byte[]> attachments, long id) {
    this.socket = socket;
    this.name = name;
    this.arguments = arguments;
    this.attachments = attachments;
    this.id = id;
  }

  public String name() {
    return name;
  }

  /** The arguments as they came in, well-formed; <code>{"_placeholder":true,"num":0}</code> stands for the first attachment. */
  public List<RawJson> arguments() {
    return arguments;
  }

  /** Binary data, in order. */
  public List<byte[]> attachments() {
    return attachments;
  }

  /** Whether the client waits for an answer, and has not got one. */
  public boolean wantsAck() {
    return id != Packet.NO_ID;
  }

  /** Answers the client; only the first call counts, and only if the client wants an answer. */
  public void ack(RawJson... answer) {
    ack(List.of(answer), List.of());
  }

  /** The same with attachments. */
  public void ack(List<RawJson> answer, List<byte[]> binary) {
    if (wantsAck()) {
      socket.deliver(Encoded.ack(socket.namespace().name(), id, answer, binary), Delivery.RELIABLE);
      id = Packet.NO_ID;
    }
  }
}
