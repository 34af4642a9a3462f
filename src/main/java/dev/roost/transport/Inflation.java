package dev.roost.transport;

import dev.roost.core.CloseReason;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates what the clients of a loop send: one inflater (some 40 KB outside of the heap, made when it is first needed) for all its connections, because every
 * message stands for itself. On that loop.
 *
 * <p>A message is inflated no further than its bound, and the array for it grows with what has really come out, so a bomb costs no more than a message of full length. What bound, and how
 * often, is for each connection's {@link InflationBudget} to say.
 */
final class Inflation {
  /** RFC 7692, section 7.2.1: what a sender leaves out at the end of a message. */
  static final int FLUSH_END_BYTES = 4;

  /**
   * Put behind a message: first what the sender has left out (section 7.2.2), then an empty last block. If the message was whole, exactly this ends it, and adds nothing to
   * it; zlib has no other way to tell a message that was cut off in the middle of a block.
   */
  private static final byte[] END = {0, 0, (byte) 0xFF, (byte) 0xFF, 1, 0, 0, (byte) 0xFF, (byte) 0xFF};
  /** The RFC names no code. 1007 is for a payload that is not consistent with its message, and what {@code ws} uses. */
  private static final Fault CORRUPT = new Fault(new CloseReason(1007, "Invalid compressed data"));
  /** There is more than allowed. */
  static final Fault TOO_BIG = new Fault(CloseReason.MESSAGE_TOO_BIG);
  private static final int NOT_YET = -1;
  private static final int SCRATCH_BYTES = 16 * 1024;
  /** A message may be made of several streams (section 7.2.3.4), but each costs 130 ns and can be two bytes long: more than one in so many bytes is an attack. */
  private static final int BYTES_A_STREAM = 64;

  private final byte[] scratch = new byte[SCRATCH_BYTES];
  private Inflater inflater;

  /** What came of a message. */
  sealed interface Result {}

  /** All of it, in an array of its own. */
  record Payload(byte[] bytes) implements Result {}

  record Fault(CloseReason reason) implements Result {}

  /** The most that a message of this length may have compressed: incompressible data can grow, by an eighth where a simple encoder has only codes of 9 bits. */
  static int maxInput(int maxBytes) {
    return (int) Math.min(Integer.MAX_VALUE - 64L, maxBytes + maxBytes / 8L + 64);
  }

  /** Inflates a whole message: no more than so many bytes. */
  Result inflate(byte[] message, int length, int maxBytes) {
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    try {
      return inflateAll(message, length, maxBytes);
    } catch (DataFormatException e) {
      return CORRUPT;
    } finally {
      inflater.reset();
    }
  }

  private Result inflateAll(byte[] message, int length, int maxBytes) throws DataFormatException {
    byte[] out = scratch;
    int size = 0;
    int streamsLeft = 16 + length / BYTES_A_STREAM;
    int sizeAtEnd = NOT_YET;
    inflater.setInput(message, 0, length);
    while (true) {
      if (size == out.length) {
        // One more than allowed, to see whether there is more.
        out = Arrays.copyOf(out, (int) Math.min(maxBytes + 1L, 2L * out.length));
      }
      size += inflater.inflate(out, size, out.length - size);
      if (size > maxBytes) {
        return TOO_BIG;
      }
      boolean atEnd = sizeAtEnd != NOT_YET;
      if (atEnd && size > sizeAtEnd) {
        return CORRUPT;
      }
      int rest = inflater.getRemaining();
      if (inflater.finished()) {
        // Section 7.2.1 does not forbid that the block which loses its end is itself a last one.
        if (rest == 0 || atEnd && rest == END.length - FLUSH_END_BYTES) {
          return new Payload(Arrays.copyOf(out, size));
        }
        if (atEnd || --streamsLeft == 0) {
          return CORRUPT;
        }
        inflater.reset();
        inflater.setInput(message, length - rest, rest);
      } else if (size < out.length) {
        if (atEnd || rest > 0) {
          return CORRUPT;
        }
        sizeAtEnd = size;
        inflater.setInput(END);
      }
    }
  }

  /** Gives the inflater back; a new one is made if it is needed after all. */
  void release() {
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
  }
}
