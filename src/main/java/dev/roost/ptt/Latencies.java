package dev.roost.ptt;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** A histogram of durations with fixed bounds, cheap to fill. Any thread. */
final class Latencies {
  /** In milliseconds; what is longer falls behind the last. */
  private static final List<Double> BOUNDS_MS = List.of(0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0);

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_MS.size() + 1);
  private final LongAdder nanos = new LongAdder();

  void record(Duration duration) {
    double millis = duration.toNanos() / 1e6;
    int bucket = 0;
    while (bucket < BOUNDS_MS.size() && millis > BOUNDS_MS.get(bucket)) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    nanos.add(duration.toNanos());
  }

  /** Upper bounds in seconds. */
  List<Double> boundsSeconds() {
    return BOUNDS_MS.stream().map(bound -> bound / 1_000).toList();
  }

  /** How many fell into each bucket; one more than there are bounds. */
  List<Long> counts() {
    return IntStream.range(0, counts.length()).mapToObj(counts::get).toList();
  }

  double sumSeconds() {
    return nanos.sum() / 1e9;
  }
}
