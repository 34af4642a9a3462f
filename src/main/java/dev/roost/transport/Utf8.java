package dev.roost.transport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks UTF-8 piece by piece as it arrives (RFC 3629, section 4), so a bad byte is found at once and not when the message is complete.
 * Runs of ASCII go eight bytes at a time: photos are megabytes of base64.
 */
public final class Utf8 {
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NOT_ASCII = 0x8080808080808080L;
  private static final int CONTINUATION_LOW = 0x80;
  private static final int CONTINUATION_HIGH = 0xBF;

  /** Continuation bytes that must still come. */
  private int missing;
  /** Range of the next continuation byte; narrower after some first bytes, against overlong forms, surrogates and values that are too large. */
  private int low = CONTINUATION_LOW;
  private int high = CONTINUATION_HIGH;

  /** Whether these bytes may follow what came before. After false the checker is of no more use; after a whole text it is as new. */
  boolean accept(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (missing == 0) {
        i = skipAscii(bytes, i, to);
        if (i == to) {
          return true;
        }
      }
      if (!accept(bytes[i++] & 0xFF)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the text may end here. */
  boolean isComplete() {
    return missing == 0;
  }

  /** Whether the bytes are valid as a whole. */
  public static boolean isValid(byte[] bytes, int from, int to) {
    Utf8 check = new Utf8();
    return check.accept(bytes, from, to) && check.isComplete();
  }

  private boolean accept(int b) {
    if (missing > 0) {
      if (b < low || b > high) {
        return false;
      }
      missing--;
      low = CONTINUATION_LOW;
      high = CONTINUATION_HIGH;
      return true;
    }
    if (b < 0x80) {
      return true;
    }
    if (b < 0xC2 || b > 0xF4) {
      return false;
    }
    missing = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    switch (b) {
      case 0xE0 -> low = 0xA0;
      case 0xED -> high = 0x9F;
      case 0xF0 -> low = 0x90;
      case 0xF4 -> high = 0x8F;
      default -> { }
    }
    return true;
  }

  private static int skipAscii(byte[] bytes, int from, int to) {
    int i = from;
    while (i <= to - Long.BYTES && ((long) LONGS.get(bytes, i) & NOT_ASCII) == 0) {
      i += Long.BYTES;
    }
    while (i < to && bytes[i] >= 0) {
      i++;
    }
    return i;
  }
}
