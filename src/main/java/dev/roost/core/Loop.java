package dev.roost.core;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/**
 * One thread that owns state: everything that runs on a loop runs one task after the other, so a state machine that
 * lives on a loop needs no locks. In production a loop is an event loop of the network library, in tests a simulated
 * one with virtual time.
 *
 * <p>Tasks of one caller run in the order in which that caller handed them over. Tasks must not block.
 */
public interface Loop extends Executor {

  /** Whether the calling thread is this loop's thread. */
  boolean inLoop();

  /** Hands a task over. Never blocks, never runs the task before returning; any thread may call. */
  @Override
  void execute(Runnable task);

  /** Runs a task once after a delay, on this loop. Any thread may call, and may cancel. */
  Cancellable after(Duration delay, Runnable task);

  /** Wall-clock time, for people and for timestamps on the wire. It may jump; rules use {@link #nanos()}. */
  Instant now();

  /** Monotonic time in nanoseconds from an arbitrary origin that all loops of a process share. */
  long nanos();

  /** Runs a task again and again, first after one interval, until it is cancelled. */
  default Cancellable every(Duration interval, Runnable task) {
    return new Repetition(this, interval, task).start();
  }

  /** A handle to something that was scheduled. Cancelling twice, or after it ran, does nothing. */
  @FunctionalInterface
  interface Cancellable {
    Cancellable NONE = () -> {};

    void cancel();
  }
}
