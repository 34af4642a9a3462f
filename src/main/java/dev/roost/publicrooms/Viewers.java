package dev.roost.publicrooms;

import java.util.HashMap;
import java.util.Map;

/** Sockets in the namespace {@code /} for each address, and how many there may be (section 2.4). On the rooms' loop. */
final class Viewers {
  static final int MAX_PER_ADDRESS = 20;

  private final Map<String, Integer> counts = new HashMap<>();
  private int total;

  /** Whether one more fits; then it counts. */
  boolean add(String ipHash) {
    int count = counts.getOrDefault(ipHash, 0);
    if (count >= MAX_PER_ADDRESS) {
      return false;
    }
    counts.put(ipHash, count + 1);
    total++;
    return true;
  }

  /** One that was added has gone. */
  void remove(String ipHash) {
    counts.computeIfPresent(ipHash, (key, count) -> count == 1 ? null : count - 1);
    total--;
  }

  int total() {
    return total;
  }
}
