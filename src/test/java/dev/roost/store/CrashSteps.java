package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Steps whose result tells how many of them there were, and whether one is there by half: each changes the same key on the left and on the right, and the count. */
final class CrashSteps {
  private static final int KEYS = 13;

  private CrashSteps() {}

  static List<Change> step(int n) {
    String key = "k" + n % KEYS;
    List<Change> step = new ArrayList<>();
    for (String side : List.of("left", "right")) {
      // Of different sizes, some with pages of their own.
      step.add(isDelete(n) ? new Change.Delete(side, key) : StoreContract.put(side, key, n + "x".repeat(n % 17 == 0 ? 9000 : n % 50)));
    }
    step.add(1, StoreContract.put("count", "n", "" + n));
    return step;
  }

  /** How many steps the store holds; fails if it is not the result of exactly these. */
  static int applied(Store store) {
    int n = count(store);
    SortedMap<String, String> expected = new TreeMap<>();
    for (int m = Math.max(1, n - KEYS + 1); m <= n; m++) {
      if (!isDelete(m)) {
        expected.put("k" + m % KEYS, m + "x".repeat(m % 17 == 0 ? 9000 : m % 50));
      }
    }
    assertThat(texts(store, "left")).as("left after %d", n).isEqualTo(expected);
    assertThat(texts(store, "right")).as("right after %d", n).isEqualTo(expected);
    return n;
  }

  /** How many steps the store says it holds. */
  static int count(Store store) {
    byte[] count = store.load("count").get("n");
    return count == null ? 0 : Integer.parseInt(StoreContract.text(count));
  }

  private static boolean isDelete(int n) {
    return n % 5 == 0;
  }

  private static SortedMap<String, String> texts(Store store, String side) {
    SortedMap<String, String> texts = new TreeMap<>();
    store.load(side).forEach((key, value) -> texts.put(key, StoreContract.text(value)));
    return texts;
  }
}
