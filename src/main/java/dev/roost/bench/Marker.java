package dev.roost.bench;

import java.nio.ByteBuffer;

/**
 * What is hidden in each message so that it is known again wherever it comes out: the run, the stream (sender), its sequence number and when it was due.
 *
 * <p>40 letters of fixed width that every text format carries unchanged: eight that name the run, then nibbles as the letters a to p. Letters instead of
 * digits make reading eight of them one subtraction and three shifts.
 */
final class Marker {
  static final int LENGTH = 40;
  private static final int STREAM = 8;
  private static final int SEQUENCE = 16;
  private static final int DUE = 24;
  private static final long LETTER_A = 0x6161616161616161L;
  private static final long NO_NIBBLE = 0xF0F0F0F0F0F0F0F0L;

  /** The eight letters as one big-endian number. */
  private final long prefix;

  /** @param run any number; its lower 24 bits tell runs apart */
  Marker(int run) {
    // "~r", then six letters.
    prefix = 0x7E72L << 48 | spread(run) + LETTER_A & 0xFFFFFFFFFFFFL;
  }

  /** A text that looks like a marker, to be overwritten. */
  static String placeholder() {
    return "m".repeat(LENGTH);
  }

  /**
   * Writes a marker over the bytes from {@code at}.
   *
   * @param due nanoseconds since the run began, not negative
   */
  void write(ByteBuffer target, int at, int stream, int sequence, long due) {
    target.putLong(at, prefix);
    target.putLong(at + STREAM, spread(stream) + LETTER_A);
    target.putLong(at + SEQUENCE, spread(sequence) + LETTER_A);
    target.putLong(at + DUE, spread((int) (due >>> 32)) + LETTER_A);
    target.putLong(at + DUE + 8, spread((int) due) + LETTER_A);
  }

  /**
   * Where the marker begins, looked for at {@code hint} first.
   *
   * @return an index into the buffer, or -1
   */
  int find(ByteBuffer bytes, int from, int to, int hint) {
    if (hint >= from && hint + LENGTH <= to && bytes.getLong(hint) == prefix) {
      return hint;
    }
    byte first = (byte) (prefix >>> 56);
    for (int at = from; at + LENGTH <= to; at++) {
      if (bytes.get(at) == first && bytes.getLong(at) == prefix) {
        return at;
      }
    }
    return -1;
  }

  /** Whether all letters of the marker at {@code at} are ones that {@link #write} can have written. */
  static boolean isWhole(ByteBuffer bytes, int at) {
    long wrong = 0;
    for (int part = STREAM; part < LENGTH; part += 8) {
      wrong |= bytes.getLong(at + part) - LETTER_A;
    }
    return (wrong & NO_NIBBLE) == 0;
  }

  static int stream(ByteBuffer bytes, int at) {
    return gather(bytes.getLong(at + STREAM) - LETTER_A);
  }

  static int sequence(ByteBuffer bytes, int at) {
    return gather(bytes.getLong(at + SEQUENCE) - LETTER_A);
  }

  static long due(ByteBuffer bytes, int at) {
    return (long) gather(bytes.getLong(at + DUE) - LETTER_A) << 32 | gather(bytes.getLong(at + DUE + 8) - LETTER_A) & 0xFFFFFFFFL;
  }

  /** Eight nibbles, one to a byte. */
  private static long spread(int value) {
    long x = value & 0xFFFFFFFFL;
    x = (x | x << 16) & 0x0000FFFF0000FFFFL;
    x = (x | x << 8) & 0x00FF00FF00FF00FFL;
    return (x | x << 4) & 0x0F0F0F0F0F0F0F0FL;
  }

  private static int gather(long nibbles) {
    long x = (nibbles | nibbles >>> 4) & 0x00FF00FF00FF00FFL;
    x = (x | x >>> 8) & 0x0000FFFF0000FFFFL;
    return (int) (x | x >>> 16);
  }
}
