package dev.roost.core;

import java.time.Duration;

/**
 * A token bucket with a memory for abuse: who stays above the limit for long, without a pause, is told apart from who bursts.
 *
 * <p>Single-threaded. A pause is one second without a refusal.
 */
public final class RateLimit {
  private static final long SECOND = 1_000_000_000L;

  /** What to do with an event. */
  public enum Verdict {
    /** Within the limit. */
    ADMIT,
    /** Above the limit: drop it. */
    EXCESS,
    /** Above the limit for too long: end the connection. */
    ABUSE
  }

  private final long nanosPerToken;
  private final long burstNanos;
  private final long abuseNanos;
  /** Time from which on the bucket would have been filling to its present level. */
  private long emptyAt;
  private boolean refused;
  private long firstRefusal;
  private long lastRefusal;

  /**
   * @param perSecond sustained rate, at least 1
   * @param burst events that may come at once, at least 1
   * @param abuseAfter how long without a pause is too long
   * @param nanos the time now, from {@link Loop#nanos()}; the bucket starts full
   */
  public RateLimit(int perSecond, int burst, Duration abuseAfter, long nanos) {
    nanosPerToken = SECOND / perSecond;
    burstNanos = burst * nanosPerToken;
    abuseNanos = abuseAfter.toNanos();
    emptyAt = nanos - burstNanos;
  }

  /** Judges one event that happens now. */
  public Verdict check(long nanos) {
    if (nanos - emptyAt > burstNanos) {
      emptyAt = nanos - burstNanos;
    }
    if (nanos - emptyAt >= nanosPerToken) {
      emptyAt += nanosPerToken;
      return Verdict.ADMIT;
    }
    if (!refused || nanos - lastRefusal > SECOND) {
      firstRefusal = nanos;
    }
    refused = true;
    lastRefusal = nanos;
    return nanos - firstRefusal >= abuseNanos ? Verdict.ABUSE : Verdict.EXCESS;
  }
}
