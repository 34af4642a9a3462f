package dev.roost.core;

import java.util.Optional;

/** Text of clients before it is shown to other clients, whose pages may not be careful. */
public final class CleanText {

  private CleanText() {}

  /**
   * A name: control characters, angle brackets and half surrogate pairs (which JSON can express, but UTF-8 cannot) removed, trimmed, cut at a length in characters of
   * Java. Empty if nothing is left.
   */
  public static Optional<String> name(String text, int maxLength) {
    StringBuilder kept = new StringBuilder();
    text.codePoints().filter(c -> isPlain(c) && c != '<' && c != '>').forEach(kept::appendCodePoint);
    String trimmed = kept.toString().strip();
    int end = Math.min(trimmed.length(), maxLength);
    // Not in the middle of a surrogate pair: half a character is no valid text.
    if (end < trimmed.length() && Character.isHighSurrogate(trimmed.charAt(end - 1))) {
      end--;
    }
    return Optional.of(trimmed.substring(0, end)).filter(name -> !name.isEmpty());
  }

  /** Whether a text may be an id: not empty, not too long, no control characters, no half surrogate pairs. */
  public static boolean isId(String text, int maxLength) {
    return !text.isEmpty() && text.length() <= maxLength && text.codePoints().allMatch(CleanText::isPlain);
  }

  private static boolean isPlain(int codePoint) {
    return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
  }
}
