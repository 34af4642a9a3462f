package dev.roost.bench;

import java.util.SplittableRandom;

/** What a sender sends, and how far it has come. Not thread-safe. */
abstract sealed class Outgoing {
  private final Template.Message message;
  private int sent;
  private long phase;
  private boolean heldBack;

  private Outgoing(Template.Message message) {
    this.message = message;
  }

  /** The next message, stamped; the same one each time. */
  Template.Message next(Marker marker, long due) {
    stamp(message, marker, due);
    sent++;
    return message;
  }

  abstract void stamp(Template.Message bare, Marker marker, long due);

  int sent() {
    return sent;
  }

  /** Whether the connection is full, and messages that are due wait for it. */
  boolean isHeldBack() {
    return heldBack;
  }

  void heldBack(boolean full) {
    heldBack = full;
  }

  /** How long after the first sender this one begins, in nanoseconds. */
  long phase() {
    return phase;
  }

  void phase(long nanos) {
    phase = nanos;
  }

  /** One stream, for all who hear this sender. */
  static final class ToRoom extends Outgoing {
    private final int stream;

    ToRoom(int stream, Template.Message message) {
      super(message);
      this.stream = stream;
    }

    @Override
    void stamp(Template.Message bare, Marker marker, long due) {
      bare.stamp(marker, stream, sent(), due);
    }
  }

  /** Each message for one of the others, by chance, and each of them with a sequence of its own. */
  static final class ToOne extends Outgoing {
    private final int sender;
    private final SplittableRandom random;
    /** The number of the next message for each target. */
    private final int[] next;

    /** @param clients of whom the sender is one; at least two */
    ToOne(int sender, int clients, long seed, Template.Message message) {
      super(message);
      this.sender = sender;
      // Neighbouring seeds give unrelated sequences: SplittableRandom mixes them.
      random = new SplittableRandom(seed * clients + sender);
      next = new int[clients];
    }

    @Override
    void stamp(Template.Message bare, Marker marker, long due) {
      int other = random.nextInt(next.length - 1);
      int target = other < sender ? other : other + 1;
      bare.address(target);
      bare.stamp(marker, sender * next.length + target, next[target]++, due);
    }
  }
}
