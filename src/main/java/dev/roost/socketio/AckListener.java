package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.List;

/** Who waits for the answer to an event. One of the methods is called, once, on the loop of the server. */
public interface AckListener {

  /** The client answered. */
  void acknowledged(List<RawJson> arguments, List<byte[]> attachments);

  /** No answer came in time, or the socket is gone. */
  void missing();
}
