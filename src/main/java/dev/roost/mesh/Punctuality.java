package dev.roost.mesh;

import java.time.Duration;

/**
 * Whether something regular happens in time. When the processor was taken away from the server, what its clients sent meanwhile lies unread: then nobody may be called
 * silent before they were heard. Single-threaded.
 */
final class Punctuality {
  private final Duration interval;
  private long last;

  /** @param nanos when the first interval begins */
  Punctuality(Duration interval, long nanos) {
    this.interval = interval;
    last = nanos;
  }

  Duration interval() {
    return interval;
  }

  /** Notes that it happens now; whether that is less than a whole interval late. */
  boolean isPunctual(long nanos) {
    boolean punctual = nanos - last < 2 * interval.toNanos();
    last = nanos;
    return punctual;
  }
}
