package dev.roost.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Writes a client's frames: final, masked (RFC 6455, section 5.3). Not thread-safe; one for each loop. */
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
  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final SplittableRandom masks = new SplittableRandom();
  /** Where a frame is put together before it goes into a buffer at once. */
  private byte[] bytes = new byte[1_024];

  /** A new buffer with one frame; the caller releases it or writes it. */
  ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload) {
    int length = payload.length;
    if (bytes.length < LONGEST_HEADER + length) {
      bytes = new byte[LONGEST_HEADER + length];
    }
    int at = header(opcode, length);
    int mask = masks.nextInt();
    INTS.set(bytes, at, mask);
    at += 4;
    long both = (long) mask << 32 | mask & 0xFFFFFFFFL;
    int done = 0;
    for (; done + 8 <= length; done += 8) {
      LONGS.set(bytes, at + done, (long) LONGS.get(payload, done) ^ both);
    }
    for (; done < length; done++) {
      bytes[at + done] = (byte) (payload[done] ^ mask >>> 24 - (done & 3) * 8);
    }
    return allocator.directBuffer(at + length).writeBytes(bytes, 0, at + length);
  }

  /** @return its length */
  private int header(int opcode, int length) {
    bytes[0] = (byte) (FIN | opcode);
    if (length < 126) {
      bytes[1] = (byte) (MASKED | length);
      return 2;
    }
    if (length < 1 << 16) {
      bytes[1] = (byte) (MASKED | 126);
      bytes[2] = (byte) (length >> 8);
      bytes[3] = (byte) length;
      return 4;
    }
    bytes[1] = (byte) (MASKED | 127);
    LONGS.set(bytes, 2, (long) length);
    return 10;
  }

  /** The bytes of a frame as a receiver sees it: without a mask. */
  static int wireLength(int payload) {
    return payload + (payload < 126 ? 2 : payload < 1 << 16 ? 4 : 10);
  }
}
