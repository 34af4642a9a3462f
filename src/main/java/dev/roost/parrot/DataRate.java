package dev.roost.parrot;

import dev.roost.core.Loop;

/** Counts points in total and in the trailing 60 seconds, by the second. */
final class DataRate {
  private static final int SECONDS = 60;
  private static final long NANOS = 1_000_000_000L;

  private final Loop loop;
  private final long[] bySecond = new long[SECONDS];
  private long current;
  private long total;

  DataRate(Loop loop) {
    this.loop = loop;
    current = second();
  }

  void count() {
    advance();
    bySecond[index(current)]++;
    total++;
  }

  long total() {
    return total;
  }

  long perMinute() {
    advance();
    long sum = 0;
    for (long count : bySecond) {
      sum += count;
    }
    return sum;
  }

  /** Clears the seconds that have passed since the last look. */
  private void advance() {
    long now = second();
    for (long passed = Math.max(current + 1, now - SECONDS + 1); passed <= now; passed++) {
      bySecond[index(passed)] = 0;
    }
    current = now;
  }

  private long second() {
    return Math.floorDiv(loop.nanos(), NANOS);
  }

  private static int index(long second) {
    return Math.floorMod(second, SECONDS);
  }
}
