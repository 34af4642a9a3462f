package dev.roost.mesh;

import java.time.Duration;

/**
 * Whether something regular happens in time. When the processor was taken away from the server, what its clients sent meanwhile lies unread: then nobody may be called
 * silent before they were heard. Single-threaded.
 */
final class Punctuality {
  private static final int MOST_LATE_IN_ROW = 3;

  private final Duration interval;
  private long last;
  private boolean wasLate;
  private int lateInRow;

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
   * heard. Where everything is late, that is as punctual as it gets, and whoever was to be heard has been.
   */
  boolean isPunctual(long nanos) {
    long elapsed = nanos - last;
    last = nanos;
    boolean isMadeUp = wasLate && elapsed < interval.toNanos() / 2;
    wasLate = elapsed >= 2 * interval.toNanos();
    if (isMadeUp) {
      return false;
    }
    lateInRow = wasLate ? lateInRow + 1 : 0;
    return !wasLate || lateInRow > MOST_LATE_IN_ROW;
  }
}
