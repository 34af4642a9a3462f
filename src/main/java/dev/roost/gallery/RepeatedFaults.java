package dev.roost.gallery;

import dev.roost.core.RawJson;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** 3.1: the same error, with the same request id, at most once a second; for a client that goes on streaming poses after it lost its room. */
final class RepeatedFaults {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int REMEMBERED = 8;

  private final Map<String, Long> told = new LinkedHashMap<>(4);

  boolean allow(String fault, RawJson requestId, long nanos) {
    String signature = fault + '\n' + requestId;
    Long last = told.get(signature);
    if (last != null && nanos - last < INTERVAL_NANOS) {
      return false;
    }
    told.remove(signature);
    if (told.size() == REMEMBERED) {
      told.remove(told.keySet().iterator().next());
    }
    told.put(signature, nanos);
    return true;
  }
}
