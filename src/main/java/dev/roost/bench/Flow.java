package dev.roost.bench;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What is under way between all senders and all receivers, about. Any thread. */
final class Flow {
  private final List<LoadLoop> loops;
  private final int senders;
  private final int hearers;
  /** Deliveries that nobody waits for any more. */
  private final AtomicLong forgiven = new AtomicLong();

  /** @param hearers how many connections get each message */
  Flow(List<LoadLoop> loops, int senders, int hearers) {
    this.loops = loops;
    this.senders = senders;
    this.hearers = hearers;
  }

  long delivered() {
    long sum = 0;
    for (LoadLoop loop : loops) {
      sum += loop.deliveredSoFar();
    }
    return sum;
  }

  long sent() {
    long sum = 0;
    for (LoadLoop loop : loops) {
      sum += loop.sentSoFar();
    }
    return sum;
  }

  /** Deliveries that are still to come, if none is lost. */
  long outstanding() {
    return sent() * hearers - delivered();
  }

  /** How many messages each sender may send now so that no more than {@code window} of it are under way. */
  int room(int window) {
    long underWay = (outstanding() - forgiven.get()) / ((long) hearers * senders);
    return (int) Math.max(0, window - underWay);
  }

  /** Gives up what is under way. */
  void forgive() {
    forgiven.set(outstanding());
  }
}
