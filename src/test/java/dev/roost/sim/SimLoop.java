package dev.roost.sim;

import dev.roost.core.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * A loop with virtual time. Nothing runs by itself: {@link #run} does what is due, {@link #pass} lets time go by, timer after timer. Tasks run in the order of the
 * calls, timers of the same moment in the order in which they were set.
 */
public final class SimLoop implements Loop {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong((Timer t) -> t.due).thenComparingLong(t -> t.order));
  private long nanos;
  private long order;
  private boolean running;

  @Override
  public boolean inLoop() {
    return running;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Cancellable after(Duration delay, Runnable task) {
    Timer timer = new Timer(nanos + delay.toNanos(), order++, task);
    timers.add(timer);
    return () -> timers.remove(timer);
  }

  @Override
  public Instant now() {
    return START.plusNanos(nanos);
  }

  @Override
  public long nanos() {
    return nanos;
  }

  /** Runs a task on this loop and everything that follows from it now. */
  public void run(Runnable task) {
    execute(task);
    run();
  }

  /** Runs everything that is due now. */
  public void run() {
    running = true;
    try {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    } finally {
      running = false;
    }
  }

  /** Lets time go by; what falls due on the way runs at its moment. */
  public void pass(Duration duration) {
    long end = nanos + duration.toNanos();
    run();
    while (!timers.isEmpty() && timers.peek().due <= end) {
      Timer timer = timers.poll();
      nanos = Math.max(nanos, timer.due);
      run(timer.task);
    }
    nanos = end;
  }

  /** Lets time go by in which the loop does nothing, as when the processor is taken away from it; then it does what has fallen due. */
  public void passLate(Duration duration) {
    nanos += duration.toNanos();
    pass(Duration.ZERO);
  }

  public void passMillis(long millis) {
    pass(Duration.ofMillis(millis));
  }

  /** Timers that are set. */
  public int timers() {
    return timers.size();
  }

  private record Timer(long due, long order, Runnable task) {}
}
