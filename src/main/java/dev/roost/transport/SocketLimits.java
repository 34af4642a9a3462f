package dev.roost.transport;

import java.time.Duration;

/**
 * The bounds of one connection.
 *
 * @param maxMessageBytes a longer message closes with 1009, at the latest when its header is read
 * @param maxQueueBytes what may wait for the client; see {@link dev.roost.core.Outbox}
 * @param stuckAfter how long a client may take nothing while something waits; then 1013
 * @param pingInterval how often it is pinged; a peer that is silent for one to two intervals is dropped
 * @param flushDelay how long ephemeral frames may wait for company; see {@link FlushWindow}
 */
public record SocketLimits(int maxMessageBytes, int maxQueueBytes, Duration stuckAfter, Duration pingInterval, Duration flushDelay) {

  /** As all five contracts have it: 30 s. */
  public static final Duration STUCK_AFTER = Duration.ofSeconds(30);
}
