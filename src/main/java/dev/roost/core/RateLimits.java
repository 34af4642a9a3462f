package dev.roost.core;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A token bucket a key, such as an address, in bounded memory. A key that was not seen for long enough to have a full bucket costs nothing; when too many
 * keys are active at once, the one that was seen longest ago is forgotten, to its advantage. Any thread.
 */
public final class RateLimits {
  private final long nanosPerToken;
  private final long burstNanos;
  /** By key, the one seen longest ago first: the time from which on its bucket would have been filling to its present level. */
  private final LinkedHashMap<String, Long> emptyAt;

  /**
   * @param events how many a key may have per period, sustained
   * @param period the period
   * @param burst how many may come at once
   * @param maxKeys how many keys are remembered
   */
  public RateLimits(int events, Duration period, int burst, int maxKeys) {
    nanosPerToken = Math.max(1, period.toNanos() / events);
    burstNanos = burst * nanosPerToken;
    emptyAt = new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
        return size() > maxKeys;
      }
    };
  }

  /** Whether one more event of this key is within the limit at this time of {@link Loop#nanos()}; if so, it counts. */
  public synchronized boolean admit(String key, long nanos) {
    forgetFull(nanos);
    Long known = emptyAt.get(key);
    long filledSince = known == null || nanos - known > burstNanos ? nanos - burstNanos : known;
    if (nanos - filledSince < nanosPerToken) {
      return false;
    }
    emptyAt.put(key, filledSince + nanosPerToken);
    return true;
  }

  /** Keys that are remembered. */
  public synchronized int size() {
    return emptyAt.size();
  }

  private void forgetFull(long nanos) {
    var eldest = emptyAt.entrySet().iterator();
    while (eldest.hasNext() && nanos - eldest.next().getValue() >= burstNanos) {
      eldest.remove();
    }
  }
}
