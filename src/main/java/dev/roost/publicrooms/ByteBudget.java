package dev.roost.publicrooms;

/** So many bytes at once, and so many each second in the long run. On the rooms' loop. */
final class ByteBudget {
  private static final long SECOND = 1_000_000_000;

  private final long nanosPerByte;
  private final long burstNanos;
  /** Time from which on it would have been filling to its present level. */
  private long emptyAt;

  /** @param nanos the time now; it begins full */
  ByteBudget(int burst, int perSecond, long nanos) {
    nanosPerByte = SECOND / perSecond;
    burstNanos = burst * nanosPerByte;
    emptyAt = nanos - burstNanos;
  }

  boolean has(int bytes, long nanos) {
    return Math.min(nanos - emptyAt, burstNanos) >= bytes * nanosPerByte;
  }

  /** These bytes, which it has. */
  void take(int bytes, long nanos) {
    emptyAt = Math.max(emptyAt, nanos - burstNanos) + bytes * nanosPerByte;
  }

  boolean isFull(long nanos) {
    return nanos - emptyAt >= burstNanos;
  }
}
