package dev.roost.core;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Identity of a connection, unique across nodes: a random number of the process and a counter within it.
 *
 * @param node random per process
 * @param number counts up within the process
 */
public record ConnectionId(long node, long number) {
  private static final long THIS_NODE = new java.security.SecureRandom().nextLong();
  private static final AtomicLong COUNTER = new AtomicLong();

  /** The next id of this process; any thread. */
  public static ConnectionId next() {
    return new ConnectionId(THIS_NODE, COUNTER.incrementAndGet());
  }

  @Override
  public String toString() {
    return Long.toHexString(node) + "-" + number;
  }
}
