package dev.roost.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Closed loop: the senders keep a window of messages under way and send more as these are delivered, so the server is never idle and never drowned.
 * What a lossy server owes for good would close the window; after half a second without any delivery it opens again.
 */
final class FloodPacer implements Pacer {
  private static final long TICK_NANOS = 1_000_000;
  private static final long GIVE_UP_NANOS = 500_000_000;

  private final LoadLoop loop;
  private final Timeline timeline;
  private final List<Client> senders;
  private final Flow flow;
  private final int window;
  private long deliveredBefore;
  private long progressAt;
  private long nextDue;

  FloodPacer(LoadLoop loop, List<Client> senders, Flow flow, int window) {
    this.loop = loop;
    this.timeline = loop.timeline();
    this.senders = senders;
    this.flow = flow;
    this.window = window;
    progressAt = timeline.now();
  }

  void start() {
    if (!senders.isEmpty()) {
      tick();
    }
  }

  @Override
  public long nextDue() {
    return nextDue;
  }

  /** In bunches: half a window at a time is as fast, and saves looking after each delivery. */
  @Override
  public void pump() {
    long now = timeline.now();
    if (now >= timeline.end()) {
      nextDue = Long.MAX_VALUE;
      return;
    }
    int room = flow.room(window);
    if (room < window / 2) {
      return;
    }
    for (Client sender : senders) {
      for (int i = 0; i < room && sender.canSend(); i++) {
        sender.write(sender.outgoing(), now);
      }
      sender.flush();
    }
  }

  private void tick() {
    long now = timeline.now();
    if (now >= timeline.end()) {
      return;
    }
    long delivered = flow.delivered();
    if (delivered != deliveredBefore) {
      deliveredBefore = delivered;
      progressAt = now;
    } else if (now - progressAt > GIVE_UP_NANOS) {
      flow.forgive();
      progressAt = now;
    }
    pump();
    loop.eventLoop().schedule(this::tick, TICK_NANOS, TimeUnit.NANOSECONDS);
  }
}
