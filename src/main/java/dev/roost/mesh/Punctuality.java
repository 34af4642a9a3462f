package dev.roost.mesh;

import java.time.Duration;

/**
 * Whether something regular happens in time. When the processor was taken away from the server, what its clients sent meanwhile lies unread: then nobody may be called
 * silent before they were heard. Single-threaded.
 */
final class Punctuality {
  private final Duration interval;
  private long last;
  private boolean wasLate;

  /** @param nanos when the first interval begins */
  Punctuality(Duration interval, long nanos) {
    this.interval = interval;
    last = nanos;
  }

  Duration interval() {
    return interval;
  }

  /**
   * Notes that it happens now; whether that is less than a whole interval late. What a loop makes up for right after something that was late is no more punctual: between the two nobody was
   * heard.
   */
  boolean isPunctual(long nanos) {
    long elapsed = nanos - last;
    boolean isMadeUp = wasLate && elapsed < interval.toNanos() / 2;
    wasLate = elapsed >= 2 * interval.toNanos();
    last = nanos;
    return !wasLate && !isMadeUp;
  }
}
