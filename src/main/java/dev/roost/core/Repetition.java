package dev.roost.core;

import java.time.Duration;

/** A task that arms itself again after each run; see {@link Loop#every}. */
final class Repetition implements Loop.Cancellable {
  private final Loop loop;
  private final Duration interval;
  private final Runnable task;
  private volatile boolean cancelled;
  private volatile Loop.Cancellable next = Loop.Cancellable.NONE;

  Repetition(Loop loop, Duration interval, Runnable task) {
    this.loop = loop;
    this.interval = interval;
    this.task = task;
  }

  Repetition start() {
    next = loop.after(interval, this::run);
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
