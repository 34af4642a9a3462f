package dev.roost.transport;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS handshakes of one loop, in order. Their arithmetic is done by a few other threads, a few steps at a time, so that however many clients come at once,
 * a turn of the loop has only a few handshakes to go on with, and those that are connected are served in between. On the loop.
 *
 * <p>A handshake that has begun goes before one that has not: so few are under way at any time, and the first to come are the first to be served.
 */
final class HandshakeLine {
  private static final Logger log = LoggerFactory.getLogger(HandshakeLine.class);
  /** Enough that the other threads do not run dry while the loop does something else: a step takes half a millisecond. */
  private static final int STEPS_AT_ONCE = 8;
  /** A loop that is so late is short of processor time, and handshakes are what takes it: they rest for some time, in proportion. */
  private static final long LATE_NANOS = Duration.ofMillis(4).toNanos();
  private static final int REST_PER_LATENESS = 3;
  private static final Duration MAX_REST = Duration.ofMillis(250);
  /** Of all loops. Each keeps the 2 KB that its client sent; the last of them waits some 20 s where a thread makes 1,000 handshakes a second. */
  private static final int MAX_WAITING = 20_000;

  private final Loop loop;
  private final Executor threads;
  private final AtomicInteger waitingEverywhere;
  private final ArrayDeque<Runnable> steps = new ArrayDeque<>(0);
  private final ArrayDeque<Newcomer> waiting = new ArrayDeque<>(0);
  private int atWork;
  private boolean resting;

  /** One that waits for its handshake to begin. */
  interface Newcomer {
    /** Whether it has gone away meanwhile. */
    boolean isGone();

    /** What is to be done before the first step; on another thread. */
    void prepare();

    /** Its turn has come; on the loop. */
    void begin();
  }

  /** @param waitingEverywhere how many wait, together with the lines of the other loops */
  HandshakeLine(Loop loop, Executor threads, AtomicInteger waitingEverywhere) {
    this.loop = loop;
    this.threads = threads;
    this.waitingEverywhere = waitingEverywhere;
  }

  /** Joins the line; false if it is full. */
  boolean join(Newcomer newcomer) {
    if (waitingEverywhere.incrementAndGet() > MAX_WAITING) {
      waitingEverywhere.decrementAndGet();
      return false;
    }
    waiting.add(newcomer);
    next();
    return true;
  }

  /** A step of a handshake that has begun. */
  void step(Runnable step) {
    steps.add(step);
    next();
  }

  private void next() {
    while (!resting && atWork < STEPS_AT_ONCE) {
      Runnable step = steps.poll();
      if (step != null) {
        work(step, () -> {});
        continue;
      }
      Newcomer newcomer = waiting.poll();
      if (newcomer == null) {
        return;
      }
      waitingEverywhere.decrementAndGet();
      if (!newcomer.isGone()) {
        work(newcomer::prepare, newcomer::begin);
      }
    }
  }

  private void work(Runnable task, Runnable then) {
    atWork++;
    try {
      threads.execute(() -> {
        try {
          task.run();
        } catch (RuntimeException e) {
          // What comes then sees that it is not done; the thread has others to serve.
          log.error("A step of a TLS handshake failed", e);
        } finally {
          long handedOver = loop.nanos();
          loop.execute(() -> done(then, loop.nanos() - handedOver));
        }
      });
    } catch (RejectedExecutionException e) {
      // The server stops.
      atWork--;
    }
  }

  private void done(Runnable then, long lateNanos) {
    atWork--;
    if (lateNanos > LATE_NANOS && !resting) {
      rest(lateNanos);
    }
    try {
      then.run();
    } finally {
      next();
    }
  }

  private void rest(long lateNanos) {
    resting = true;
    loop.after(Duration.ofNanos(Math.min(REST_PER_LATENESS * lateNanos, MAX_REST.toNanos())), () -> {
      resting = false;
      next();
    });
  }
}
