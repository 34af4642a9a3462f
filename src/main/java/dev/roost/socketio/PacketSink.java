package dev.roost.socketio;

/** Gets the packets of a payload, one after the other. */
interface PacketSink {

  /**
   * A packet as text, with its type in front; valid UTF-8, never empty.
   *
   * @param bytes belongs to the sink where the packet is all of it
   * @return whether to go on
   */
  boolean packet(byte[] bytes, int from, int to);

  /** A binary message; the array belongs to the sink. The result is as in {@link #packet}. */
  boolean message(byte[] payload);
}
