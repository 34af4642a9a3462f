package dev.roost.sim;

import dev.roost.core.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A loop on a thread of its own, with real time, for tests of what talks to real servers. What a task throws fails the test that asks for {@link #close}. Closed, it drops what it is given. */
public final class RealLoop implements Loop, AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;
  private volatile Thread thread;
  private volatile Throwable failure;

  public RealLoop() {
    executor = new ScheduledThreadPoolExecutor(1, task -> thread = Thread.ofPlatform().daemon().name("loop").unstarted(task));
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void execute(Runnable task) {
    after(Duration.ZERO, task);
  }

  @Override
  public Cancellable after(Duration delay, Runnable task) {
    try {
      ScheduledFuture<?> future = executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return Cancellable.NONE;
    }
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  /** Runs a task on the loop and waits for its end. */
  public void run(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    execute(() -> {
      try {
        task.run();
        done.complete(null);
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    });
    done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    executor.shutdown();
    if (failure != null) {
      throw new AssertionError("A task of the loop failed", failure);
    }
  }
}
