package dev.roost.core;

import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Text of clients before it is shown to other clients, whose pages may not be careful. */
public final class CleanText {
  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private CleanText() {}

  /**
   * A name: control characters, angle brackets and half surrogate pairs (which JSON can express, but UTF-8 cannot) removed, trimmed, cut at a length in characters of
   * Java. Empty if nothing is left.
   */
  public static Optional<String> name(String text, int maxLength) {
    String kept = only(text, c -> isPlain(c) && c != '<' && c != '>').strip();
    return Optional.of(cut(kept, maxLength)).filter(name -> !name.isEmpty());
  }

  /** A text that is sent back as it came, as far as it can be: control characters and half surrogate pairs removed, cut. */
  public static String echo(String text, int maxLength) {
    return cut(only(text, CleanText::isPlain), maxLength);
  }

  /** Whether a text may be an id: not empty, not too long, no control characters, no half surrogate pairs. */
  public static boolean isId(String text, int maxLength) {
    return !text.isEmpty() && text.length() <= maxLength && isPlain(text);
  }

  /** A text as a part of a line of the log: what changes the direction of writing, begins a line or cannot be seen is shown as a question mark. */
  public static String line(String text) {
    return UNSEEN.matcher(text).replaceAll("?");
  }

  /** Whether a text can be sent at all: it has no half surrogate pairs. */
  public static boolean isSendable(String text) {
    return text.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
  }

  /** The same string where nothing is to be taken out: most texts are clean, and ids are kept as long as their connections. */
  private static String only(String text, IntPredicate kept) {
    if (text.codePoints().allMatch(kept)) {
      return text;
    }
    return text.codePoints().filter(kept).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
  }

  /** Not in the middle of a surrogate pair: half a character is no valid text. */
  private static String cut(String text, int maxLength) {
    int end = Math.min(text.length(), maxLength);
    return text.substring(0, end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
  }

  /** Without a stream: ids are looked at with every frame of audio. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      int codePoint = text.codePointAt(i);
      if (!isPlain(codePoint)) {
        return false;
      }
      i += Character.charCount(codePoint) - 1;
    }
    return true;
  }

  private static boolean isPlain(int codePoint) {
    return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
  }
}
