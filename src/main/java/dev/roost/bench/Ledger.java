package dev.roost.bench;

/** What one receiver got of the streams that it should hear. Not thread-safe. */
final class Ledger {
  /** The number that each stream, by its slot in the room, should go on with: the whole cost of a message that comes in order. */
  private final int[] next;
  /** Made with the first gap. */
  private Gaps[] gaps;

  /** @param streams how many streams the room has */
  Ledger(int streams) {
    next = new int[streams];
  }

  /** The number that this stream should go on with. */
  int expected(int slot) {
    return next[slot];
  }

  /** Whether this number was passed over and has not come since. */
  boolean lacks(int slot, int sequence) {
    return gaps != null && gaps[slot] != null && gaps[slot].lacks(sequence);
  }

  /** Enters a message. */
  Gaps.Arrival arrived(int slot, int sequence) {
    int expected = next[slot];
    if (sequence == expected) {
      next[slot] = sequence + 1;
      return Gaps.Arrival.NEXT;
    }
    if (gaps == null) {
      gaps = new Gaps[next.length];
    }
    if (gaps[slot] == null) {
      gaps[slot] = new Gaps();
    }
    if (sequence < expected) {
      return gaps[slot].arrived(sequence);
    }
    gaps[slot].skipped(expected, sequence);
    next[slot] = sequence + 1;
    return Gaps.Arrival.NEXT;
  }
}
