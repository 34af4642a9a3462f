package dev.roost.bench;

import org.HdrHistogram.Histogram;

/** What one loop counted in one part of the run. Not thread-safe: each loop has its own, and they are added up at the end. */
final class Tally {
  private static final long LONGEST_NANOS = 3_600_000_000_000L;

  /** Messages sent. */
  long sent;
  /** Of these, the ones that had to wait because the server's side of the connection took nothing more. */
  long heldBack;
  /** Messages that came to a connection that should get them, each once. */
  long delivered;
  /** Messages that had come to the same connection before. */
  long duplicated;
  /** Of the delivered ones, those that came after a later one of the same stream. */
  long reordered;
  /** Bytes of delivered messages, without frame headers. */
  long bytes;
  /** From the time a message was due to the time it was read. */
  final Histogram latency = nanosHistogram();
  /** From the time a message was due to the time the tool wrote it, without those that were held back: the tool's own fault. */
  final Histogram sendLag = nanosHistogram();

  /** From 1 µs to an hour, three digits. */
  static Histogram nanosHistogram() {
    return new Histogram(1_000, LONGEST_NANOS, 3);
  }

  /** Takes times outside the range as its ends. */
  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
  }

  void add(Tally other) {
    sent += other.sent;
    heldBack += other.heldBack;
    delivered += other.delivered;
    duplicated += other.duplicated;
    reordered += other.reordered;
    bytes += other.bytes;
    latency.add(other.latency);
    sendLag.add(other.sendLag);
  }
}
