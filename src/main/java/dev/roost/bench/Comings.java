package dev.roost.bench;

import java.util.concurrent.atomic.AtomicLongArray;

/** When each visitor came and went, on the timeline. One thread writes, any reads. */
final class Comings {
  /** Not, or not yet. */
  static final long NEVER = -1;

  private final AtomicLongArray came;
  private final AtomicLongArray went;

  /** @param most visitors, numbered from 0 */
  Comings(int most) {
    came = new AtomicLongArray(most);
    went = new AtomicLongArray(most);
    for (int i = 0; i < most; i++) {
      came.set(i, NEVER);
      went.set(i, NEVER);
    }
  }

  int most() {
    return came.length();
  }

  void came(int visitor, long at) {
    came.set(visitor, at);
  }

  void went(int visitor, long at) {
    went.set(visitor, at);
  }

  long when(int visitor, boolean came) {
    return (came ? this.came : went).get(visitor);
  }

  /** How many changes watchers should have heard of. */
  int changes() {
    int changes = 0;
    for (int i = 0; i < most(); i++) {
      changes += (came.get(i) == NEVER ? 0 : 1) + (went.get(i) == NEVER ? 0 : 1);
    }
    return changes;
  }
}
