package dev.roost.ptt;

import java.time.Duration;
import java.util.LinkedHashMap;

/**
 * Tells which updates were heard already: each is published on two channels, and heard by servers of every kind. Of one loop; bounded.
 */
final class RecentUpdates {
  private static final long MEMORY_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int MOST = 100_000;

  private final boolean mayOvertake;
  private final int most;
  /** When each was heard, the oldest first. */
  private final LinkedHashMap<Key, Long> heard = new LinkedHashMap<>();
  /** The newest timestamp of each user, the one that was heard the longest time ago first. */
  private final LinkedHashMap<String, Last> newest = new LinkedHashMap<>();

  private record Key(String userId, boolean isOnline, long timestamp) {}

  private record Last(long timestamp, long nanos) {}

  /** @param mayOvertake whether messages come over several ways, as in a cluster: then an update that a later one of the same user has overtaken is not told, either */
  RecentUpdates(boolean mayOvertake) {
    this(mayOvertake, MOST);
  }

  RecentUpdates(boolean mayOvertake, int most) {
    this.mayOvertake = mayOvertake;
    this.most = most;
  }

  /** Whether this is news; to be asked only about updates whose publisher said the timestamp. */
  boolean isNews(String userId, boolean isOnline, long timestamp, long nanos) {
    forgetOld(nanos);
    Key key = new Key(userId, isOnline, timestamp);
    if (heard.containsKey(key) || mayOvertake && newest.containsKey(userId) && newest.get(userId).timestamp > timestamp) {
      return false;
    }
    heard.put(key, nanos);
    if (mayOvertake) {
      newest.putLast(userId, new Last(timestamp, nanos));
    }
    return true;
  }

  int size() {
    return heard.size() + newest.size();
  }

  private void forgetOld(long nanos) {
    while (!heard.isEmpty() && (nanos - heard.firstEntry().getValue() > MEMORY_NANOS || heard.size() >= most)) {
      heard.pollFirstEntry();
    }
    while (!newest.isEmpty() && (nanos - newest.firstEntry().getValue().nanos > MEMORY_NANOS || newest.size() >= most)) {
      newest.pollFirstEntry();
    }
  }
}
