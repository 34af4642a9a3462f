package dev.roost.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Messages that carry no marker, because the server writes them anew: each says on or off in turn, so the n-th that comes is the n-th that was sent. A missing one is noticed by the wrong word
 * of the next, one too many by its coming before its time; two that are swapped look like one of each. Not thread-safe; one for each loop.
 */
final class Alternation {
  private final byte[] name = SocketIoTexts.TOGGLED.getBytes(StandardCharsets.US_ASCII);
  private final byte[] word = SocketIoTexts.ENABLED.getBytes(StandardCharsets.US_ASCII);
  /** Where these were in the message before. */
  private int nameHint;
  private int wordHint;

  private Alternation() {}

  /** Empty where messages have a marker. */
  static Optional<Alternation> of(Plan plan) {
    return plan.message().text().contains(Template.SWITCH) ? Optional.of(new Alternation()) : Optional.empty();
  }

  /** What message number {@code sequence} says. */
  static boolean isOn(int sequence) {
    return (sequence & 1) == 0;
  }

  /** Whether this is one of them. */
  boolean isOne(ByteBuffer bytes, int from, int to) {
    int at = find(name, bytes, from, to, from + nameHint);
    if (at < 0) {
      return false;
    }
    nameHint = at - from;
    int value = find(word, bytes, from, to - 1, from + wordHint);
    if (value < 0) {
      return false;
    }
    wordHint = value - from;
    return true;
  }

  /**
   * The number of the message that {@link #isOne} has just seen.
   *
   * @param expected the number of the next one, if none is missing
   */
  int sequence(ByteBuffer bytes, int from, int expected) {
    boolean on = bytes.get(from + wordHint + word.length) == 't';
    return on == isOn(expected) ? expected : expected + 1;
  }

  private static int find(byte[] text, ByteBuffer bytes, int from, int to, int hint) {
    if (hint + text.length <= to && isAt(text, bytes, hint)) {
      return hint;
    }
    for (int at = from; at + text.length <= to; at++) {
      if (isAt(text, bytes, at)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isAt(byte[] text, ByteBuffer bytes, int at) {
    for (int i = 0; i < text.length; i++) {
      if (bytes.get(at + i) != text[i]) {
        return false;
      }
    }
    return true;
  }
}
