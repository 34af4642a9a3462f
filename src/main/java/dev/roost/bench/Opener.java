package dev.roost.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** Opens many connections, a bounded number at a time. One thread calls it; what the loops report comes in under a lock. */
final class Opener {
  private final Network network;
  private final Plan plan;
  private final String run;
  private final BooleanSupplier stopped;
  private int numbers;

  Opener(Network network, Plan plan, String run, BooleanSupplier stopped) {
    this.network = network;
    this.plan = plan;
    this.run = run;
    this.stopped = stopped;
  }

  /**
   * Opens one connection for each seat and returns when each is ready or has failed, or early when the run is stopped.
   *
   * @param loops that get the connections in turn
   */
  Opened open(List<Seat> seats, List<LoadLoop> loops) throws InterruptedException {
    return open(seats, loops, Duration.ZERO);
  }

  /** The same, with so much time at least from the begin of one connection to the begin of the next. */
  Opened open(List<Seat> seats, List<LoadLoop> loops, Duration spacing) throws InterruptedException {
    Opened opened = new Opened();
    Semaphore free = new Semaphore(plan.atOnce());
    long begin = System.nanoTime();
    int begun = 0;
    while (begun < seats.size() && !stopped.getAsBoolean()) {
      long early = begin + begun * spacing.toNanos() - System.nanoTime();
      if (early > 0) {
        TimeUnit.NANOSECONDS.sleep(Math.min(early, 100_000_000));
      } else if (free.tryAcquire(100, TimeUnit.MILLISECONDS)) {
        begin(seats.get(begun), loops.get(begun % loops.size()), opened, free);
        begun++;
      }
    }
    boolean done = false;
    while (!done && !stopped.getAsBoolean()) {
      // Each connection has a time limit of its own, so this ends.
      done = free.tryAcquire(plan.atOnce(), 100, TimeUnit.MILLISECONDS);
    }
    opened.finish(seats.size(), (System.nanoTime() - begin) / 1e9);
    return opened;
  }

  private void begin(Seat seat, LoadLoop loop, Opened opened, Semaphore free) {
    begin(seat, loop, new Client.Outcome() {
      @Override
      public void ready(Client ready, long connectNanos, long readyNanos) {
        opened.ready(ready, loop, connectNanos, readyNanos);
        free.release();
      }

      @Override
      public void failed(String why) {
        opened.failed(why);
        free.release();
      }
    });
  }

  /** Begins to open one connection, and returns at once. One thread at a time. */
  void begin(Seat seat, LoadLoop loop, Client.Outcome outcome) {
    Client client = new Client(loop, plan, seat, new Template.Speaker(run, seat.user(), seat.room()), outcome);
    network.connect(loop.eventLoop(), seat.side().target(), numbers++, client);
  }

  /** What became of them. Any thread. */
  static final class Opened {
    private final List<Connected> clients = new ArrayList<>();
    private final Histogram connect = Tally.nanosHistogram();
    private final Histogram ready = Tally.nanosHistogram();
    private int wanted;
    private int failed;
    private String firstFailure = "";
    private double seconds;

    /** A connection and the loop that it belongs to. */
    record Connected(Client client, LoadLoop loop) {}

    private synchronized void ready(Client client, LoadLoop loop, long connectNanos, long readyNanos) {
      clients.add(new Connected(client, loop));
      Tally.record(connect, connectNanos);
      Tally.record(ready, readyNanos);
    }

    private synchronized void failed(String why) {
      failed++;
      firstFailure = firstFailure.isEmpty() ? why : firstFailure;
    }

    private synchronized void finish(int all, double took) {
      wanted = all;
      seconds = took;
    }

    synchronized List<Connected> clients() {
      return List.copyOf(clients);
    }

    /** A copy that changes no more. */
    synchronized Result.Opening result() {
      return new Result.Opening(wanted, clients.size(), failed, firstFailure, seconds, connect.copy(), ready.copy());
    }
  }
}
