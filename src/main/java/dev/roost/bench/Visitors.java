package dev.roost.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Mobiles that come and go at a steady rate, each once and each for the same time. A visitor stays longer than a server collects changes, so watchers hear of both its coming and its going. On one loop, unless a method says otherwise.
 */
final class Visitors {
  private final Watching watching;
  private final LoadLoop loop;
  private final Opener opener;
  private final Comings comings;
  private long begin;
  private int next;
  /** Any thread. */
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();

  /** @param opener that nobody else uses meanwhile */
  Visitors(Watching watching, LoadLoop loop, Opener opener, Comings comings) {
    this.watching = watching;
    this.loop = loop;
    this.opener = opener;
    this.comings = comings;
  }

  /** How many there can be in a run. */
  static int most(Plan plan, Watching watching) {
    return (int) Math.ceil(watching.churn() * (plan.pace().warmUpSeconds() + plan.pace().seconds()));
  }

  /** Those who come from {@code from} on, on the timeline, until its end. Any thread. */
  void start(long from) {
    if (comings.most() > 0) {
      loop.eventLoop().execute(() -> {
        begin = from;
        comeNext();
      });
    }
  }

  /** How many are there, or on their way. Any thread. */
  int present() {
    return present.get();
  }

  /** How many could not come. Any thread. */
  int failed() {
    return failed.get();
  }

  private void comeNext() {
    long now = loop.timeline().now();
    while (next < comings.most() && dueOf(next) <= now) {
      come(next++);
    }
    if (next < comings.most() && dueOf(next) < loop.timeline().end()) {
      loop.eventLoop().schedule(this::comeNext, dueOf(next) - now, TimeUnit.NANOSECONDS);
    }
  }

  private long dueOf(int visitor) {
    return begin + (long) (visitor * 1e9 / watching.churn());
  }

  private void come(int visitor) {
    present.incrementAndGet();
    long begun = loop.timeline().now();
    // Before the server can tell anybody.
    comings.came(visitor, begun);
    opener.begin(Seats.visitor(watching, visitor), loop, new Client.Outcome() {
      @Override
      public void ready(Client client, long connectNanos, long readyNanos) {
        loop.eventLoop().schedule(() -> go(visitor, client), watching.stay().toNanos(), TimeUnit.NANOSECONDS);
      }

      @Override
      public void failed(String why) {
        comings.came(visitor, Comings.NEVER);
        failed.incrementAndGet();
        present.decrementAndGet();
      }
    });
  }

  private void go(int visitor, Client client) {
    comings.went(visitor, loop.timeline().now());
    loop.closing(true);
    client.leave();
    loop.closing(false);
    present.decrementAndGet();
  }
}
