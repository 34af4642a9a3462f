package dev.roost.bench;

/**
 * When a sender's messages are due: known beforehand, whatever the server does. Any thread.
 *
 * @param begin when the first sender sends for the first time, on the timeline
 * @param periodNanos from one message to the next on average
 * @param together how many messages are due at the same time; the next ones follow after so many periods
 */
record Schedule(long begin, double periodNanos, int together) {
  static Schedule of(Plan.Pace pace, long begin) {
    return new Schedule(begin, 1e9 / pace.rate(), pace.together());
  }

  /** When the first sender's message of this number is due. */
  long due(long sequence) {
    return begin + (long) (periodNanos * (sequence - sequence % together));
  }

  /** The number of the first sender's first message that is due at this time or later. */
  long firstFrom(long time) {
    long sequence = Math.max(0, (long) ((time - begin) / periodNanos) - 1);
    while (due(sequence) < time) {
      sequence++;
    }
    return sequence;
  }
}
