package dev.roost.socketio;

import dev.roost.core.Delivery;
import dev.roost.core.RawJson;
import java.util.List;

/** The answer that the client of an event waits for, if it waits for one. On the loop of the server. */
public final class Answer {
  private final Socket socket;
  private long id;

  Answer(Socket socket, long id) {
    this.socket = socket;
    this.id = id;
  }

  /** Whether the client waits for it, and has not got it. */
  public boolean isWanted() {
    return id != Packet.NO_ID;
  }

  /** Answers the client; only the first call counts, and only if the client wants an answer. */
  public void give(List<RawJson> values, List<byte[]> binary) {
    if (isWanted()) {
      socket.deliver(Encoded.ack(socket.namespace().name(), id, values, binary), Delivery.RELIABLE);
      id = Packet.NO_ID;
    }
  }
}
