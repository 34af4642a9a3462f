package dev.roost.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Compares the sender that the server names in a message with the one who wrote it. Not thread-safe; one for each loop. */
final class SenderName {
  /** As it stands before the number of the sender. */
  private final byte[] introduction;
  /** The number of the first sender as a user. */
  private final int firstUser;
  /** Where in the message before the introduction was. */
  private int hint;

  private SenderName(byte[] introduction, int firstUser) {
    this.introduction = introduction;
    this.firstUser = firstUser;
  }

  /** Empty where servers of this dialect name nobody, or where the command line gave the clients other names. */
  static Optional<SenderName> of(Plan plan, String run) {
    return plan.dialect().names.filter(names -> plan.senders().calls(names.client()))
        .map(names -> new SenderName(names.introduction().replace(Template.RUN, run).getBytes(StandardCharsets.UTF_8),
            plan.shape().rooms() * plan.shape().receivers()));
  }

  /** Whether the message names this sender, and no other. */
  boolean isOf(int sender, ByteBuffer bytes, int from, int to) {
    int last = to - introduction.length - Template.DIGITS;
    int at = from + hint;
    if (at > last || !introduces(bytes, at)) {
      at = from;
      while (at <= last && !introduces(bytes, at)) {
        at++;
      }
    }
    if (at > last) {
      return false;
    }
    hint = at - from;
    int named = 0;
    for (int digit = at + introduction.length; digit < at + introduction.length + Template.DIGITS; digit++) {
      named = named * 10 + bytes.get(digit) - '0';
    }
    return named == firstUser + sender;
  }

  private boolean introduces(ByteBuffer bytes, int at) {
    for (int i = 0; i < introduction.length; i++) {
      if (bytes.get(at + i) != introduction[i]) {
        return false;
      }
    }
    return true;
  }
}
