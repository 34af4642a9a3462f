package dev.roost.transport.msgpack;

import dev.roost.core.Frame;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes MessagePack: integers in the shortest form, as {@code notepack} does. Not thread-safe; made for one message. */
public final class MsgPackOut {
  private byte[] bytes;
  private int size;

  /** @param expectedBytes how long it will be, about */
  public MsgPackOut(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  public MsgPackOut array(int count) {
    return count < 16 ? put(0x90 | count) : count < 1 << 16 ? put(0xdc, count, 2) : put(0xdd, count, 4);
  }

  public MsgPackOut map(int count) {
    return count < 16 ? put(0x80 | count) : count < 1 << 16 ? put(0xde, count, 2) : put(0xdf, count, 4);
  }

  public MsgPackOut integer(long value) {
    if (value >= 0) {
      return value < 1L << 7 ? put((int) value) : value < 1L << 8 ? put(0xcc, value, 1) : value < 1L << 16 ? put(0xcd, value, 2)
          : value < 1L << 32 ? put(0xce, value, 4) : put(0xcf, value, 8);
    }
    return value >= -32 ? put((int) value & 0xff) : value >= Byte.MIN_VALUE ? put(0xd0, value, 1) : value >= Short.MIN_VALUE ? put(0xd1, value, 2)
        : value >= Integer.MIN_VALUE ? put(0xd2, value, 4) : put(0xd3, value, 8);
  }

  public MsgPackOut string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int length = utf8.length;
    MsgPackOut header = length < 32 ? put(0xa0 | length) : length < 1 << 8 ? put(0xd9, length, 1) : length < 1 << 16 ? put(0xda, length, 2) : put(0xdb, length, 4);
    return header.raw(utf8, 0, length);
  }

  public MsgPackOut nil() {
    return put(0xc0);
  }

  /** Bytes that are MessagePack already. */
  public MsgPackOut raw(byte[] from, int start, int length) {
    ensure(length);
    System.arraycopy(from, start, bytes, size, length);
    size += length;
    return this;
  }

  /** The finished binary frame. */
  public Frame toFrame() {
    return Frame.binary(bytes, 0, size);
  }

  /** What was written so far. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private MsgPackOut put(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
    return this;
  }

  private MsgPackOut put(int type, long value, int width) {
    put(type);
    ensure(width);
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }
}
