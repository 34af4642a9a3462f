package dev.roost.ptt;

import dev.roost.core.Audience;
import dev.roost.core.ByteBudget;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A group as far as this server needs it: its members, those of them that are connected here, and its floor. On the loop of the switchboard. */
final class TalkGroup {
  private final String id;
  private final Floor floor;
  /** Added by USER_ADD, here or elsewhere. */
  private final Set<String> added = new HashSet<>();
  /** Members by their tokens: how many connections of each. */
  private final Map<String, Integer> byToken = new HashMap<>();
  private final Audience audience = new Audience();
  /** Made with the first text. */
  private ByteBudget received;
  private boolean isLoaded;
  private int pins;

  TalkGroup(String id, Floor floor) {
    this.id = id;
    this.floor = floor;
  }

  String id() {
    return id;
  }

  Floor floor() {
    return floor;
  }

  /** The connections of its members. */
  Audience audience() {
    return audience;
  }

  boolean isMember(String userId) {
    return added.contains(userId) || byToken.containsKey(userId);
  }

  /** Whether a text or an image of so many bytes is within what one group may get. */
  boolean mayReceive(int length, PttSettings settings, long nanos) {
    if (received == null) {
      received = settings.budget(nanos);
    }
    return received.take(length, nanos);
  }

  /** All members that are known; a copy. */
  Set<String> members() {
    Set<String> all = new HashSet<>(added);
    all.addAll(byToken.keySet());
    return all;
  }

  /** Whether those added by USER_ADD are known. */
  boolean isLoaded() {
    return isLoaded;
  }

  void loaded() {
    isLoaded = true;
  }

  Set<String> added() {
    return added;
  }

  /** One more connection whose token names the group. */
  void addByToken(String userId) {
    byToken.merge(userId, 1, Integer::sum);
  }

  void removeByToken(String userId) {
    byToken.computeIfPresent(userId, (id, count) -> count > 1 ? count - 1 : null);
  }

  // ---- What keeps it known though no member is connected here

  void pin() {
    pins++;
  }

  void unpin() {
    pins--;
  }

  boolean isNeeded() {
    return pins > 0 || !audience.isEmpty();
  }
}
