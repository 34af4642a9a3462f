package dev.roost.core;

import java.time.Duration;

/** Lets one event through per interval; for answers to faults, which a hostile client must not be able to multiply. Single-threaded. */
public final class OncePer {
  private final long intervalNanos;
  private boolean any;
  private long last;

  public OncePer(Duration interval) {
    intervalNanos = interval.toNanos();
  }

  /** Whether the event may happen at this time of {@link Loop#nanos()}; if so, it counts as having happened. */
  public boolean allow(long nanos) {
    if (any && nanos - last < intervalNanos) {
      return false;
    }
    any = true;
    last = nanos;
    return true;
  }
}
