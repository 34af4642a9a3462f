package dev.roost.core;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One message, encoded once for however many receivers: the finished, unmasked WebSocket frame (RFC 6455, section 5.2) in
 * an array on the heap.
 *
 * <p>Nobody writes to the array after construction, and readers keep their own position, so a frame can be shared between loops
 * and queues without counting references: no reader can consume it for the others, and a slow reader costs a pointer.
 * Measured: copying 200 bytes from the heap into the socket's buffer is lost in the noise of one send (3 µs).
 *
 * <p>A frame with a compressed payload is a frame of its own, made at most once and kept as long as this one: {@link #compressed}.
 */
public final class Frame {
  private static final int TEXT = 0x81;
  private static final int BINARY = 0x82;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;
  /** Of the opcode: a control frame. */
  private static final int CONTROL = 0x08;
  /** RFC 7692, section 6: the payload is compressed. */
  private static final int RSV1 = 0x40;

  private final byte[] wire;
  /** The same message with a compressed payload, this frame itself if that would not be smaller, null until somebody asks. Published by the volatile write. */
  private volatile Frame compressed;

  /** Compresses payloads for {@link Frame#compressed}. Called on the thread that asks for the frame. */
  @FunctionalInterface
  public interface Compressor {
    /**
     * Compresses a message as RFC 7692, section 7.2.1, has it, without reference to any other message.
     *
     * @param from holds the payload from {@code start} on; read only
     * @param to gets the result, from its beginning; as long as the payload
     * @return how long the result is, or -1 if it would not be shorter than the payload
     */
    int compress(byte[] from, int start, int length, byte[] to);
  }

  private Frame(int firstByte, byte[] payload, int from, int length) {
    this(firstByte, length);
    System.arraycopy(payload, from, wire, payloadStart(), length);
  }

  /** The header only. */
  private Frame(int firstByte, int length) {
    int header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    wire = new byte[header + length];
    wire[0] = (byte) firstByte;
    switch (header) {
      case 2 -> wire[1] = (byte) length;
      case 4 -> {
        wire[1] = 126;
        wire[2] = (byte) (length >>> 8);
        wire[3] = (byte) length;
      }
      default -> {
        wire[1] = 127;
        for (int i = 0; i < 4; i++) {
          wire[6 + i] = (byte) (length >>> (24 - 8 * i));
        }
      }
    }
  }

  /** A text frame; the bytes must be valid UTF-8 and are copied. */
  public static Frame text(byte[] payload, int from, int length) {
    return new Frame(TEXT, payload, from, length);
  }

  /** A text frame of parts that are one JSON text together; they are copied. */
  public static Frame text(List<RawJson> parts) {
    int length = 0;
    for (RawJson part : parts) {
      length += part.length();
    }
    Frame frame = new Frame(TEXT, length);
    int at = frame.payloadStart();
    for (RawJson part : parts) {
      System.arraycopy(part.bytes(), part.from(), frame.wire, at, part.length());
      at += part.length();
    }
    return frame;
  }

  /** A text frame of a string. */
  public static Frame text(String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return new Frame(TEXT, bytes, 0, bytes.length);
  }

  /** A binary frame; the bytes are copied. */
  public static Frame binary(byte[] payload, int from, int length) {
    return new Frame(BINARY, payload, from, length);
  }

  /** A ping with at most 125 bytes of payload. */
  public static Frame ping(byte[] payload) {
    return new Frame(PING, payload, 0, payload.length);
  }

  /** The answer to a ping, with its payload. */
  public static Frame pong(byte[] payload) {
    return new Frame(PONG, payload, 0, payload.length);
  }

  /** A close frame; without payload if the reason has no code that may travel. */
  public static Frame close(CloseReason reason) {
    if (reason.code() == CloseReason.NO_STATUS || reason.code() == CloseReason.ABNORMAL) {
      return new Frame(CLOSE, new byte[0], 0, 0);
    }
    byte[] text = reason.text().getBytes(StandardCharsets.UTF_8);
    byte[] payload = new byte[2 + text.length];
    payload[0] = (byte) (reason.code() >>> 8);
    payload[1] = (byte) reason.code();
    System.arraycopy(text, 0, payload, 2, text.length);
    return new Frame(CLOSE, payload, 0, payload.length);
  }

  /** Whether it is a ping, a pong or a close frame, and no message. */
  public boolean isControl() {
    return (wire[0] & CONTROL) != 0;
  }

  /** Whether it is a binary message. */
  public boolean isBinary() {
    return (wire[0] & ~RSV1 & 0xFF) == BINARY;
  }

  /** Bytes on the wire, header included. */
  public int length() {
    return wire.length;
  }

  /** The finished bytes, shared by all receivers: read only. */
  public byte[] wire() {
    return wire;
  }

  /** Where the payload starts in {@link #wire()}, for carriers that have a framing of their own. */
  public int payloadStart() {
    return switch (wire[1]) {
      case 126 -> 4;
      case 127 -> 10;
      default -> 2;
    };
  }

  /** Bytes of the payload. */
  public int payloadLength() {
    return wire.length - payloadStart();
  }

  /**
   * The frame for receivers that have negotiated permessage-deflate (RFC 7692): this message with a compressed payload, or this frame itself if that is not
   * smaller, or if it is a control frame. Any thread. However many loops ask, and at the same time, a message is compressed once: who comes second waits
   * for the first, no longer than the work would take itself. Only who asks pays anything.
   */
  public Frame compressed(Compressor compressor) {
    Frame known = compressed;
    return known != null ? known : compressOnce(compressor);
  }

  private synchronized Frame compressOnce(Compressor compressor) {
    if (compressed == null) {
      compressed = compress(compressor);
    }
    return compressed;
  }

  private Frame compress(Compressor compressor) {
    if (isControl() || (wire[0] & RSV1) != 0) {
      return this;
    }
    int length = payloadLength();
    byte[] smaller = new byte[length];
    int count = compressor.compress(wire, payloadStart(), length, smaller);
    return count < 0 ? this : new Frame(wire[0] | RSV1, smaller, 0, count);
  }

  /** The payload as text, for logs and tests. */
  public String payloadText() {
    return new String(wire, payloadStart(), payloadLength(), StandardCharsets.UTF_8);
  }
}
