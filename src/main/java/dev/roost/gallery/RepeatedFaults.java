package dev.roost.gallery;

import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Faults;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * 3.1: the same error, with the same request id, at most once a second; for a client that goes on streaming poses after it lost its room. Messages that cannot be read are
 * answered a few times, because people who try things out send several in a row.
 */
final class RepeatedFaults {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int REMEMBERED = 8;
  private static final int FORMAT_ANSWERS = 5;

  private final Map<String, Told> told = new LinkedHashMap<>(4);

  /** How often an error was told since a time. */
  private record Told(long since, int times) {}

  boolean allow(String fault, RawJson requestId, long nanos) {
    String signature = fault + '\n' + requestId;
    Told before = told.remove(signature);
    boolean again = before != null && nanos - before.since < INTERVAL_NANOS;
    int most = fault.equals(Faults.INVALID_MESSAGE_FORMAT) ? FORMAT_ANSWERS : 1;
    if (told.size() == REMEMBERED) {
      told.remove(told.keySet().iterator().next());
    }
    told.put(signature, again ? new Told(before.since, before.times + 1) : new Told(nanos, 1));
    return !again || before.times < most;
  }
}
