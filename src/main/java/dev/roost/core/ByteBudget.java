package dev.roost.core;

import java.time.Duration;

/** How many bytes somebody may use: so many a second, sustained, and so many at once. Single-threaded. */
public final class ByteBudget {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final long perSecond;
  private final long burst;
  private long left;
  private long lastNanos;

  /**
   * @param perSecond bytes a second, sustained
   * @param burst bytes at once; something larger passes when nothing was used for long enough
   * @param nanos the time now, from {@link Loop#nanos()}; the budget starts full
   */
  public ByteBudget(long perSecond, long burst, long nanos) {
    this.perSecond = perSecond;
    this.burst = burst;
    left = burst;
    lastNanos = nanos;
  }

  /** Whether so many bytes are within the budget now; if so, they are used. */
  public boolean take(long bytes, long nanos) {
    long elapsed = Math.min(nanos - lastNanos, 3_600 * SECOND);
    left = Math.min(burst, left + (long) ((double) elapsed / SECOND * perSecond));
    lastNanos = nanos;
    if (left < Math.min(bytes, burst)) {
      return false;
    }
    left -= bytes;
    return true;
  }
}
