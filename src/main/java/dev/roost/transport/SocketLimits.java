package dev.roost.transport;

import dev.roost.core.CloseReason;
import java.time.Duration;

/**
 * The bounds of one connection.
 *
 * @param maxMessageBytes a longer message closes with 1009, at the latest when its header is read
 * @param maxQueueBytes what may wait for the client; see {@link dev.roost.core.Outbox}
 * @param stuckAfter how long a client may take nothing while something waits; then 1013
 * @param pingInterval how often it is pinged; a peer that leaves {@code missedPings} of them without any sign of life is dropped
 * @param flushDelay how long ephemeral frames may wait for company; see {@link FlushWindow}
 * @param missedPings how many pings a silent peer may leave without an answer before it is dropped at the next one
 * @param slowConsumer what a client that is too slow is closed with
 */
public record SocketLimits(int maxMessageBytes, int maxQueueBytes, Duration stuckAfter, Duration pingInterval, Duration flushDelay, int missedPings, CloseReason slowConsumer) {

  /** As all five contracts have it: 30 s. */
  public static final Duration STUCK_AFTER = Duration.ofSeconds(30);

  /** With the usual patience and reason. */
  public SocketLimits(int maxMessageBytes, int maxQueueBytes, Duration stuckAfter, Duration pingInterval, Duration flushDelay) {
    this(maxMessageBytes, maxQueueBytes, stuckAfter, pingInterval, flushDelay, 1, CloseReason.SLOW_CONSUMER);
  }
}
