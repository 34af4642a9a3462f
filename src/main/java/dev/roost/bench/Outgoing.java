package dev.roost.bench;

/** What a sender sends. Not thread-safe. */
final class Outgoing {
  private final int stream;
  private final Template.Message message;
  private int sent;
  private long phase;
  private boolean heldBack;

  Outgoing(int stream, Template.Message message) {
    this.stream = stream;
    this.message = message;
  }

  /** The next message, stamped; the same array each time. */
  byte[] next(Marker marker, long due) {
    message.stamp(marker, stream, sent++, due);
    return message.bytes();
  }

  int sent() {
    return sent;
  }

  /** Whether the connection is full, and messages that are due wait for it. */
  boolean isHeldBack() {
    return heldBack;
  }

  void heldBack(boolean full) {
    heldBack = full;
  }

  /** How long after the first stream this one begins, in nanoseconds. */
  long phase() {
    return phase;
  }

  void phase(long nanos) {
    phase = nanos;
  }
}
