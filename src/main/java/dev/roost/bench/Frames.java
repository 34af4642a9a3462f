package dev.roost.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Writes a client's frames: final, masked (RFC 6455, section 5.3). */
final class Frames {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;
  private static final int LONGEST_HEADER = 14;
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Frames() {}

  /**
   * A new buffer with one frame; the caller releases it or writes it.
   *
   * @param mask any number that the network cannot guess
   */
  static ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload, int length, int mask) {
    ByteBuf frame = allocator.directBuffer(LONGEST_HEADER + length);
    frame.writeByte(FIN | opcode);
    if (length < 126) {
      frame.writeByte(MASKED | length);
    } else if (length < 1 << 16) {
      frame.writeByte(MASKED | 126).writeShort(length);
    } else {
      frame.writeByte(MASKED | 127).writeLong(length);
    }
    frame.writeInt(mask);
    long both = (long) mask << 32 | mask & 0xFFFFFFFFL;
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      frame.writeLong((long) LONGS.get(payload, at) ^ both);
    }
    for (; at < length; at++) {
      frame.writeByte(payload[at] ^ mask >>> 24 - (at & 3) * 8);
    }
    return frame;
  }

  /** The bytes of a frame as a receiver sees it: without a mask. */
  static int wireLength(int payload) {
    return payload + (payload < 126 ? 2 : payload < 1 << 16 ? 4 : 10);
  }
}
