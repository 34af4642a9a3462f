package dev.roost.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Open loop: each sender sends its n-th message at a time that is known beforehand, whatever the server does. Senders are spread evenly over one period.
 * A connection that is full holds its messages back, and they keep the time at which they were due: waiting that a slow server causes is part of the latency.
 *
 * <p>All senders have the same period, so they take their turns in the same order for ever: the schedule is one counter, no queue.
 */
final class SteadyPacer implements Pacer {
  private final LoadLoop loop;
  private final Timeline timeline;
  private final List<Client> senders;
  private final Schedule schedule;
  /** Turns taken; a turn belongs to sender number turn mod senders. */
  private long turn;
  private long nextDue;
  private boolean armed;

  /**
   * @param senders of this loop, in ascending order of their numbers
   * @param allSenders how many there are on all loops
   * @param schedule of sender 0
   */
  SteadyPacer(LoadLoop loop, List<Client> senders, int allSenders, Schedule schedule) {
    this.loop = loop;
    this.timeline = loop.timeline();
    this.senders = senders;
    this.schedule = schedule;
    for (Client sender : senders) {
      sender.outgoing().phase((long) (schedule.periodNanos() * schedule.together() * sender.seat().sender() / allSenders));
    }
    nextDue = senders.isEmpty() ? Long.MAX_VALUE : dueOf(0);
  }

  /** The first timer; later ones follow from it. */
  void start() {
    arm();
  }

  @Override
  public long nextDue() {
    return nextDue;
  }

  @Override
  public void pump() {
    long now = timeline.now();
    while (nextDue <= now) {
      if (nextDue >= timeline.end()) {
        nextDue = Long.MAX_VALUE;
        return;
      }
      send(senders.get((int) (turn % senders.size())), now);
      turn++;
      nextDue = dueOf(turn);
    }
    arm();
  }

  @Override
  public void writable(Client sender) {
    send(sender, Math.min(timeline.now(), timeline.end() - 1));
  }

  /** All that the sender has to send by now: one message, or as many as go together, or more after its connection was full; in one write if the connection takes that. */
  private void send(Client sender, long now) {
    Outgoing outgoing = sender.outgoing();
    boolean any = false;
    long due = due(outgoing, outgoing.sent());
    while (due <= now && due < timeline.end() && sender.canSend()) {
      sender.write(outgoing, due);
      any = true;
      due = due(outgoing, outgoing.sent());
    }
    outgoing.heldBack(due <= now && due < timeline.end());
    if (any) {
      sender.flush();
    }
  }

  /** How many messages are due from {@code from} to {@code to} (not included), sent or not. */
  long scheduled(long from, long to) {
    long sum = 0;
    for (Client sender : senders) {
      long phase = sender.outgoing().phase();
      sum += schedule.firstFrom(to - phase) - schedule.firstFrom(from - phase);
    }
    return sum;
  }

  private long dueOf(long turn) {
    return due(senders.get((int) (turn % senders.size())).outgoing(), turn / senders.size());
  }

  private long due(Outgoing outgoing, long sequence) {
    return outgoing.phase() + schedule.due(sequence);
  }

  private void arm() {
    if (!armed && nextDue != Long.MAX_VALUE) {
      armed = true;
      loop.eventLoop().schedule(this::timer, Math.max(0, nextDue - timeline.now()), TimeUnit.NANOSECONDS);
    }
  }

  private void timer() {
    armed = false;
    pump();
  }
}
