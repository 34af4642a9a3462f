package dev.roost.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next attempt: twice as long each time, up to a bound, and never quite as long as everybody else. Single-threaded. */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final int MOST_DOUBLINGS = 5;

  private final RandomGenerator random;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** After a failure: 50-100 % of 100 ms, 200 ms ... 3.2 s. */
  Duration next() {
    long most = FIRST.toNanos() << Math.min(failures, MOST_DOUBLINGS);
    failures++;
    return Duration.ofNanos(most / 2 + random.nextLong(most / 2));
  }

  /** One after the other. */
  int failures() {
    return failures;
  }

  void succeeded() {
    failures = 0;
  }
}
