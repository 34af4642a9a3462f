package dev.roost.publicrooms;

import java.util.Optional;

/**
 * Names and messages of strangers, made fit for the page of anybody (contract, section 1.4). Lengths are in characters as people count them (code points), before escaping. Every
 * step takes time in proportion to the text, whatever it holds.
 */
final class SafeText {
  static final int MAX_NAME = 50;
  static final int MAX_MESSAGE = 1000;

  private SafeText() {}

  /** A name as it is kept and shown; empty if it has not 1 to 50 characters after cleaning. */
  static Optional<String> name(String text) {
    return Optional.of(cleaned(text)).filter(name -> isSeen(name) && length(name) <= MAX_NAME).map(SafeText::escaped);
  }

  /** A message as it is kept and shown; empty if it has not 1 to 1000 characters after trimming, or nothing of it is left after cleaning. */
  static Optional<String> message(String text) {
    return Optional.of(text).filter(given -> length(trimmed(given)) <= MAX_MESSAGE).map(SafeText::cleaned).filter(SafeText::isSeen).map(SafeText::escaped);
  }

  /** How many characters a text has; what people see as one may be several, such as a flag. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Without white space at both ends; what that is, browsers say (ECMA-262, section 22.1.3.32). */
  static String trimmed(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** Control characters go first: one within a tag hides it from us, not from every browser. */
  private static String cleaned(String text) {
    return trimmed(withoutTags(withoutControls(text)));
  }

  private static String withoutControls(String text) {
    return text.codePoints().filter(c -> !isControl(c)).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
  }

  /**
   * Without anything that looks like a tag, also where one only comes to be because another one in it has gone. A {@code >} closes the last {@code <} before it that may open a tag;
   * each {@code <} is looked at once.
   */
  private static String withoutTags(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    int[] open = new int[(int) text.chars().filter(c -> c == '<').count()];
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '<') {
        open[depth++] = kept.length();
      }
      kept.append(c);
      while (c == '>' && depth > 0) {
        int from = open[--depth];
        if (opensTag(kept.charAt(from + 1))) {
          kept.setLength(from);
          break;
        }
      }
    }
    return kept.toString();
  }

  /** What is behind the {@code <} of a tag (HTML standard, section 13.2.5.6), or of an empty one; {@code 1 < 2} and {@code <3} are none. */
  private static boolean opensTag(char next) {
    return next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z' || next == '/' || next == '!' || next == '?' || next == '>';
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#x27;");
        case '/' -> escaped.append("&#x2F;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /** Whether there is anything to be seen: a name of white space and joiners looks like none. */
  private static boolean isSeen(String text) {
    return text.codePoints().anyMatch(c -> Character.getType(c) != Character.FORMAT && !Character.isSpaceChar(c) && !Character.isWhitespace(c));
  }

  /** Control characters, halves of surrogate pairs, breaks of lines, and what turns the writing of the rest of a page around. */
  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      default -> c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    };
  }

  private static boolean isSpace(char c) {
    return c >= '\t' && c <= '\r' || c == '\uFEFF' || Character.isSpaceChar(c);
  }
}
