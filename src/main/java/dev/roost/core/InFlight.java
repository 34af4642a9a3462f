package dev.roost.core;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of messages that were read and wait for the loop of their state machine. Sockets are read on other loops, too, so without a bound a crowd that sends faster than it can
 * work would fill the memory. Any thread.
 */
public final class InFlight {
  private static final long MOST = Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 8);

  private final AtomicLong bytes = new AtomicLong();

  /** Whether a message of so many bytes may wait, too; who may gives it back with {@link #done}. */
  public boolean admit(int length) {
    if (bytes.addAndGet(length) <= MOST) {
      return true;
    }
    bytes.addAndGet(-length);
    return false;
  }

  /** It waits no more. */
  public void done(int length) {
    bytes.addAndGet(-length);
  }
}
