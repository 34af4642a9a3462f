package dev.roost.bench;

/** What a sender sends. Not thread-safe. */
final class Outgoing {
  private final int stream;
  private final Template.Message message;
  private int sent;
  private long phase;

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

  /** How long after the first stream this one begins, in nanoseconds. */
  long phase() {
    return phase;
  }

  void phase(long nanos) {
    phase = nanos;
  }
}
