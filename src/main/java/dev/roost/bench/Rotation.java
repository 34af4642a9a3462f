package dev.roost.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Messages that carry no marker, because the server writes them anew: each has one of four forms in turn (audio on, video on, audio off, video off), so the n-th that comes is the n-th that was
 * sent, and the form says when it is not. One or two missing in a row, one that comes twice and two that are swapped are told apart; of more missing in a row, four at a time would show
 * in the sum only. Not thread-safe; one for each loop.
 */
final class Rotation {
  private static final int FORMS = 4;

  private final byte[] name = SocketIoTexts.TOGGLED.getBytes(StandardCharsets.US_ASCII);
  private final byte[] word = SocketIoTexts.ENABLED.getBytes(StandardCharsets.US_ASCII);
  /** Where these were in the message before. */
  private int nameHint;
  private int wordHint;

  private Rotation() {}

  /** Empty where messages have a marker. */
  static Optional<Rotation> of(Plan plan) {
    return plan.message().text().contains(Template.SWITCH) ? Optional.of(new Rotation()) : Optional.empty();
  }

  /** Whether message number {@code sequence} is about audio; else about video. */
  static boolean isAudio(int sequence) {
    return (sequence & 1) == 0;
  }

  /** Whether it says on. */
  static boolean isOn(int sequence) {
    return (sequence & 2) == 0;
  }

  /** The form of a message, as the number of the first that has it, or -1 if it is none of these messages. */
  int form(ByteBuffer bytes, int from, int to) {
    int named = find(name, bytes, from, to - 1, from + nameHint);
    int said = named < 0 ? -1 : find(word, bytes, from, to - 1, from + wordHint);
    if (said < 0) {
      return -1;
    }
    nameHint = named - from;
    wordHint = said - from;
    return (bytes.get(named + name.length) == 'a' ? 0 : 1) + (bytes.get(said + word.length) == 't' ? 0 : 2);
  }

  /** The number of a message of this form, by what came before it. */
  static int sequence(int form, Ledger ledger) {
    int expected = ledger.expected(0);
    int ahead = form - expected & FORMS - 1;
    boolean late = ahead == FORMS - 1 && expected > 0 || ahead == FORMS - 2 && ledger.lacks(0, expected - 2);
    return late ? expected + ahead - FORMS : expected + ahead;
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
