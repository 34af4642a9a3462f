package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Loop;

/**
 * What one client may have inflated: a message no larger than its length on the wire justifies, and all messages together no more than a rate. On the loop of the socket.
 *
 * <p>Zeros shrink to a thousandth. With a bound for the size of a message alone, and a rate that is checked when a message is whole, a client could have a loop write 8 MB for every
 * 8 KB: 58 of these a second, within Parrot's rate, were measured to hold up everybody else on the loop for up to 2 s. Real JSON shrinks to a third or a tenth.
 *
 * <p>Charged is only what inflation adds to what was received: beyond that a compressed message costs the loop little more than one that was sent as it is. So a client can make the
 * loop write as much as it sends, and 4 MB a second more.
 */
final class InflationBudget {
  /** 4 MB/s. */
  private static final long NANOS_A_BYTE = 250;
  /** A second's worth; more where a single message may be larger. */
  private static final int MIN_BURST_BYTES = 4_000_000;
  /** What a message may become however short it is, so that an ordinary one is never refused for repeating itself. */
  private static final int UNQUESTIONED_BYTES = 256 * 1024;
  private static final int MAX_RATIO = 64;
  private static final Inflation.Fault TOO_MUCH = new Inflation.Fault(CloseReason.policy("Too much compressed data"));

  private final Inflation inflation;
  private final Loop loop;
  /** When an empty budget would have begun to fill, to be as full as it is. */
  private long emptyAt;

  /** A full budget. */
  InflationBudget(Inflation inflation, Loop loop) {
    this.inflation = inflation;
    this.loop = loop;
    emptyAt = loop.nanos() - Integer.MAX_VALUE * NANOS_A_BYTE;
  }

  /**
   * Inflates a whole message, and stops where a bound is reached.
   *
   * @param maxBytes of any message of this client
   * @return a fault with 1009 if the message is too large, with 1008 if the client has used up its budget
   */
  Inflation.Result inflate(byte[] message, int length, int maxBytes) {
    long now = loop.nanos();
    emptyAt = Math.max(emptyAt, now - Math.max(MIN_BURST_BYTES, maxBytes) * NANOS_A_BYTE);
    long allowed = Math.min(maxBytes, UNQUESTIONED_BYTES + (long) MAX_RATIO * length);
    long affordable = length + (now - emptyAt) / NANOS_A_BYTE;
    Inflation.Result result = inflation.inflate(message, length, (int) Math.min(allowed, affordable));
    if (result instanceof Inflation.Payload(byte[] payload)) {
      emptyAt += Math.max(0, payload.length - length) * NANOS_A_BYTE;
    }
    return result == Inflation.TOO_BIG && affordable < allowed ? TOO_MUCH : result;
  }
}
