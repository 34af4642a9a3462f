package dev.roost.publicrooms;

import dev.roost.core.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;

/** A loop that takes nothing more, as when the server has ended. */
record EndedLoop(Loop clock) implements Loop {

  @Override
  public boolean inLoop() {
    return false;
  }

  @Override
  public void execute(Runnable task) {
    throw new RejectedExecutionException("The loop has ended");
  }

  @Override
  public Cancellable after(Duration delay, Runnable task) {
    throw new RejectedExecutionException("The loop has ended");
  }

  @Override
  public Instant now() {
    return clock.now();
  }

  @Override
  public long nanos() {
    return clock.nanos();
  }
}
