package dev.roost.ptt;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The other servers, as far as they let themselves be heard. Each says that it is there again and again; who has not done so for a time is forgotten. Who begins to listen cannot know yet: for a moment {@link #any} says yes, so that nothing
 * is kept back from a server that has not been heard. On one loop.
 */
final class Peers {
  /** Whatever somebody publishes there, it fills no memory. */
  private static final int MOST = 1_000;

  private final long forgottenNanos;
  private final long doubtNanos;
  private final Map<String, Long> heard = new HashMap<>();
  private boolean isListening;
  private long listeningSince;

  /**
   * @param forgotten after which silence a server counts as gone
   * @param doubt how long it takes at most until all have been heard
   */
  Peers(Duration forgotten, Duration doubt) {
    forgottenNanos = forgotten.toNanos();
    doubtNanos = doubt.toNanos();
  }

  /** From now on others can be heard, for the first time or again. */
  void listening(long nanos) {
    isListening = true;
    listeningSince = nanos;
  }

  /** A server says that it is there. */
  void hello(String nodeId, long nanos) {
    if (heard.size() < MOST || heard.containsKey(nodeId)) {
      heard.put(nodeId, nanos);
    }
  }

  void goodbye(String nodeId) {
    heard.remove(nodeId);
  }

  /** Forgets who has been silent for too long. */
  void forget(long nanos) {
    heard.values().removeIf(last -> nanos - last >= forgottenNanos);
  }

  /** Whether there is another server, or may be one. */
  boolean any(long nanos) {
    return !heard.isEmpty() || isListening && nanos - listeningSince < doubtNanos;
  }

  int count() {
    return heard.size();
  }
}
