package dev.roost.core;

import java.time.Duration;

/** A task that arms itself again after each run, by the clock and not by when it ran, so that lateness does not add up; see {@link Loop#every}. */
final class Repetition implements Loop.Cancellable {
  private final Loop loop;
  private final Duration interval;
  private final Runnable task;
  private long dueNanos;
  private volatile boolean cancelled;
  private volatile Loop.Cancellable next = Loop.Cancellable.NONE;

  Repetition(Loop loop, Duration interval, Runnable task) {
    this.loop = loop;
    this.interval = interval;
    this.task = task;
    dueNanos = loop.nanos();
  }

  Repetition start() {
    long now = loop.nanos();
    // Runs that were missed altogether are not made up for.
    dueNanos = Math.max(dueNanos - now, -interval.toNanos()) + now + interval.toNanos();
    next = loop.after(Duration.ofNanos(dueNanos - now), this::run);
    return this;
  }

  private void run() {
    if (cancelled) {
      return;
    }
    try {
      task.run();
    } finally {
      // Also after a failure: one bad turn must not end a heartbeat for good.
      if (!cancelled) {
        start();
      }
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    next.cancel();
  }
}
