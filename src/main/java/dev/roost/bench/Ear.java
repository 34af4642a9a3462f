package dev.roost.bench;

import java.nio.ByteBuffer;

/** Hears what a connection gets, beside the accounts of its loop. On the loop of the connection. */
interface Ear {
  /** Understands nothing. */
  Ear NONE = (bytes, from, to, at) -> { };

  /**
   * A whole message; the bytes are valid during the call only.
   *
   * @param at when it was read, on the timeline
   */
  void message(ByteBuffer bytes, int from, int to, long at);
}
