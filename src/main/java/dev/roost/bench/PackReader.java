package dev.roost.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads what servers of PTT send: MessagePack, as far as that goes there. Reads where the bytes are, without a copy; not thread-safe. Every method throws {@link Malformed} at what it cannot be, and reads one value otherwise.
 */
final class PackReader {
  private static final int LEAST_ARRAY = 0x90;
  private static final int LEAST_MAP = 0x80;
  private static final int LEAST_TEXT = 0xA0;

  /** The server sent something that is not what it has to be. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  private final ByteBuffer bytes;
  private final int to;
  private int at;

  PackReader(ByteBuffer bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.to = to;
  }

  boolean isAtEnd() {
    return at == to;
  }

  /** How many elements follow. */
  int array() {
    return begin(LEAST_ARRAY, 0xDC, "an array");
  }

  /** How many pairs follow. */
  int map() {
    return begin(LEAST_MAP, 0xDE, "a map");
  }

  /** A number without a fraction. */
  long number() {
    int first = next();
    if (first < 0x80 || first >= 0xE0) {
      return (byte) first;
    }
    if (first >= 0xCC && first <= 0xCF) {
      return unsigned(1 << first - 0xCC);
    }
    if (first >= 0xD0 && first <= 0xD3) {
      int width = 1 << first - 0xD0;
      return unsigned(width) << 64 - 8 * width >> 64 - 8 * width;
    }
    throw new Malformed("a number begins with 0x%02x".formatted(first));
  }

  /** A text. */
  String text() {
    int length = textLength();
    byte[] text = new byte[length];
    bytes.get(take(length), text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /**
   * Whether the next value is this text, of ASCII letters; reads it only if it is, and any value that is no text stays as well.
   */
  boolean isText(String expected) {
    int begin = at;
    if (isTextNext() && textLength() == expected.length() && at + expected.length() <= to) {
      int same = 0;
      while (same < expected.length() && bytes.get(at + same) == expected.charAt(same)) {
        same++;
      }
      if (same == expected.length()) {
        at += same;
        return true;
      }
    }
    at = begin;
    return false;
  }

  /** Whether the next value is a text. */
  boolean isTextNext() {
    int first = peek();
    return first >= LEAST_TEXT && first < 0xC0 || first >= 0xD9 && first <= 0xDB;
  }

  /** Passes over one value, whatever it is. */
  void skip() {
    long values = 1;
    while (values > 0) {
      values += skipOne() - 1;
    }
  }

  /** Passes over a value but for what it holds; returns how many values that is. */
  private long skipOne() {
    int first = peek();
    if (first >= LEAST_MAP && first < LEAST_ARRAY || first == 0xDE || first == 0xDF) {
      return 2L * map();
    }
    if (first >= LEAST_ARRAY && first < LEAST_TEXT || first == 0xDC || first == 0xDD) {
      return array();
    }
    if (isTextNext()) {
      take(textLength());
      return 0;
    }
    at++;
    if (first >= 0xC4 && first <= 0xC6) {
      take(length(1 << first - 0xC4));
    } else if (first >= 0xC7 && first <= 0xC9) {
      take(length(1 << first - 0xC7) + 1);
    } else {
      take(width(first));
    }
    return 0;
  }

  /** The bytes behind the first one of a value of fixed length. */
  private static int width(int first) {
    return switch (first) {
      case 0xCC, 0xD0 -> 1;
      case 0xCD, 0xD1 -> 2;
      case 0xCA, 0xCE, 0xD2 -> 4;
      case 0xCB, 0xCF, 0xD3 -> 8;
      case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> 1 + (1 << first - 0xD4);
      default -> 0;
    };
  }

  private int begin(int least, int wide, String what) {
    int first = next();
    if (first >= least && first < least + 16) {
      return first - least;
    }
    if (first == wide || first == wide + 1) {
      return length(2 << first - wide);
    }
    throw new Malformed("%s begins with 0x%02x".formatted(what, first));
  }

  private int textLength() {
    int first = next();
    if (first >= LEAST_TEXT && first < 0xC0) {
      return first - LEAST_TEXT;
    }
    if (first >= 0xD9 && first <= 0xDB) {
      return length(1 << first - 0xD9);
    }
    throw new Malformed("a text begins with 0x%02x".formatted(first));
  }

  private int length(int width) {
    long length = unsigned(width);
    if (length > to - at) {
      throw new Malformed("a length of " + length + " where " + (to - at) + " bytes are left");
    }
    return (int) length;
  }

  private long unsigned(int width) {
    long value = 0;
    int from = take(width);
    for (int i = 0; i < width; i++) {
      value = value << 8 | bytes.get(from + i) & 0xFF;
    }
    return value;
  }

  private int next() {
    return bytes.get(take(1)) & 0xFF;
  }

  private int peek() {
    int here = take(1);
    at = here;
    return bytes.get(here) & 0xFF;
  }

  private int take(int length) {
    if (length > to - at) {
      throw new Malformed("a value is cut off");
    }
    at += length;
    return at - length;
  }
}
