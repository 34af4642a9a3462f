package dev.roost.transport;

import dev.roost.core.Liveness;
import dev.roost.core.Loop;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Loop} on an event loop of Netty, with what the connections of one loop share. */
final class NettyLoop implements Loop {
  private static final Logger log = LoggerFactory.getLogger(NettyLoop.class);
  private static final Duration LAG_PROBE = Duration.ofMillis(500);

  private final EventLoop eventLoop;
  private final Clock clock;
  private final Flusher flusher;
  private final Backlog backlog;
  private final Map<Duration, Liveness> liveness = new HashMap<>();
  private final Map<Duration, FlushWindow> windows = new HashMap<>();
  private volatile long lagNanos;

  NettyLoop(EventLoop eventLoop, Clock clock) {
    this.eventLoop = eventLoop;
    this.clock = clock;
    flusher = new Flusher(this);
    backlog = new Backlog(this);
    probeLag();
  }

  @Override
  public boolean inLoop() {
    return eventLoop.inEventLoop();
  }

  /** When the server stops, loops end one after the other; what one of them still has for another that has ended is dropped: nobody is left to get it. */
  @Override
  public void execute(Runnable task) {
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      rethrowUnlessStopping(e);
    }
  }

  @Override
  public Cancellable after(Duration delay, Runnable task) {
    try {
      ScheduledFuture<?> future = eventLoop.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      rethrowUnlessStopping(e);
      return Cancellable.NONE;
    }
  }

  private void rethrowUnlessStopping(RejectedExecutionException e) {
    if (!eventLoop.isShuttingDown()) {
      throw e;
    }
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public long nanos() {
    return eventLoop.ticker().nanoTime();
  }

  /** Runs a task when everything that this turn of the loop does is done; on the loop. */
  void atEndOfTurn(Runnable task) {
    ((SingleThreadEventLoop) eventLoop).executeAfterEventLoopIteration(task);
  }

  /** Collects what is to be written. */
  Flusher flusher() {
    return flusher;
  }

  /** Watches the connections whose outbox does not empty. */
  Backlog backlog() {
    return backlog;
  }

  /** The watch over all connections with this ping interval; on the loop. */
  Liveness liveness(Duration interval) {
    return liveness.computeIfAbsent(interval, given -> new Liveness(this, given));
  }

  /** Where frames of connections with this flush delay wait; on the loop. */
  FlushWindow window(Duration delay) {
    return windows.computeIfAbsent(delay, given -> new FlushWindow(this, given));
  }

  /** How late the last timer was: what a message waits behind others. Any thread. */
  long lagNanos() {
    return lagNanos;
  }

  private void probeLag() {
    long due = nanos() + LAG_PROBE.toNanos();
    after(LAG_PROBE, () -> {
      lagNanos = Math.max(0, nanos() - due);
      probeLag();
    });
  }

  /** A failure in a timer would otherwise disappear in a future that nobody looks at. */
  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("A timer failed", e);
    }
  }
}
