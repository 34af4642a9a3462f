package dev.roost.socketio;

import dev.roost.core.Connection;

/** Who sits on an Engine.IO session. On the loop of the server; {@link #closed} comes last and exactly once, and never from within a call to the session. */
public interface EngineListener {

  /** A text message, valid UTF-8: the bytes from {@code from} to the end; the array belongs to the listener. */
  void text(byte[] bytes, int from);

  /** A binary message; the array belongs to the listener. */
  void binary(byte[] payload);

  /**
   * The session was upgraded. All that was handed to the old connection comes before what is handed to the new one; from now on nothing may be handed to the old one.
   */
  void moved(Connection from, Connection to);

  /** The session is over. */
  void closed(EngineClose reason);
}
