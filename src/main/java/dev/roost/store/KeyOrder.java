package dev.roost.store;

import java.util.Comparator;

/** The order of keys: by their UTF-8 bytes, which is by code points. It is SQLite's, and not that of {@link String#compareTo}, where U+1F600 is before U+FF01. */
final class KeyOrder implements Comparator<String> {
  static final KeyOrder INSTANCE = new KeyOrder();

  private KeyOrder() {}

  @Override
  public int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for code points above all others.
        boolean onlyOneIsBeyond = Character.isSurrogate(x) != Character.isSurrogate(y);
        return onlyOneIsBeyond ? Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y)) : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /**
   * A lone surrogate, which JSON can carry, would be written as a question mark, and two documents would become one.
   *
   * @throws IllegalArgumentException if the text has one
   */
  static void check(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isPair(text, i)) {
        i++;
      } else if (Character.isSurrogate(text.charAt(i))) {
        throw new IllegalArgumentException("A collection or key has half of a surrogate pair at index " + i);
      }
    }
  }

  private static boolean isPair(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
  }
}
