package dev.roost.publicrooms;

import dev.roost.core.RawJson;

/** How deep a JSON value is that is passed on unread. What reads it in a client goes one call deeper for each level, and the client's stack has an end. Any thread. */
final class Nesting {
  /** Real ones have two or three levels. */
  static final int MAX_DEPTH = 32;

  private Nesting() {}

  /** Whether a well-formed value has at most {@link #MAX_DEPTH} objects and lists around each other; also if there is none. */
  static boolean isBounded(RawJson value) {
    byte[] bytes = value.bytes();
    int end = value.from() + value.length();
    int depth = 0;
    boolean isText = false;
    for (int i = value.from(); i < end && depth <= MAX_DEPTH; i++) {
      switch (bytes[i]) {
        case '"' -> isText = !isText;
        // Only texts have one, and never as the last byte.
        case '\\' -> i++;
        case '{', '[' -> depth += isText ? 0 : 1;
        case '}', ']' -> depth -= isText ? 0 : 1;
        default -> { }
      }
    }
    return depth <= MAX_DEPTH;
  }
}
