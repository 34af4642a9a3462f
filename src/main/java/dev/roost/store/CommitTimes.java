package dev.roost.store;

import java.time.Duration;

/** Counts transactions and remembers the slowest of the last half to whole minute. Times are of {@link System#nanoTime()}. Not thread-safe. */
final class CommitTimes {
  private static final long HALF_NANOS = Duration.ofSeconds(30).toNanos();
  /** A transaction that takes longer is a disk that does not answer. */
  private static final long STUCK_NANOS = Duration.ofSeconds(5).toNanos();

  private long commits;
  private long failures;
  private boolean isRunning;
  private long began;
  private long halfBegan = System.nanoTime();
  private long slowest;
  private long slowestBefore;

  void begin(long now) {
    isRunning = true;
    began = now;
  }

  void end(long now, boolean isWritten) {
    isRunning = false;
    if (isWritten) {
      commits++;
    } else {
      failures++;
    }
    turn(now);
    slowest = Math.max(slowest, now - began);
  }

  private void turn(long now) {
    if (now - halfBegan >= HALF_NANOS) {
      slowestBefore = now - halfBegan < 2 * HALF_NANOS ? slowest : 0;
      slowest = 0;
      halfBegan = now;
    }
  }

  boolean isStuck(long now) {
    return isRunning && now - began > STUCK_NANOS;
  }

  Duration slowest(long now) {
    turn(now);
    return Duration.ofNanos(Math.max(slowest, slowestBefore));
  }

  long commits() {
    return commits;
  }

  long failures() {
    return failures;
  }
}
