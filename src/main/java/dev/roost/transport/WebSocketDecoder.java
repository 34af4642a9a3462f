package dev.roost.transport;

import dev.roost.core.CloseReason;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads what clients send, strictly by RFC 6455, section 5: messages come out whole, control frames as they come.
 *
 * <p>It works on whatever bytes are there, so a fault is found as soon as the byte that makes it one arrives: an oversized message by its
 * header, before anything is buffered; bad UTF-8 in the middle of a frame. Memory grows with what was received, not with what was declared. Between messages it holds nothing.
 *
 * <p>Where permessage-deflate was negotiated, a compressed message (RFC 7692, section 6.2) is collected as it comes and inflated when it is whole, by the
 * {@link Inflation} that all connections of the loop share and within the {@link InflationBudget} of this one; its text is checked then.
 *
 * <p>Why not the codec of the network library: that one hands out a frame when it is complete, so it buffers a message twice and finds faults late.
 */
final class WebSocketDecoder {
  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final byte[] EMPTY = new byte[0];

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MAX_CONTROL_PAYLOAD = 125;
  private static final int RESERVED_BITS = 0x70;
  private static final int RSV1 = 0x40;
  private static final CloseReason INVALID_TEXT = new CloseReason(1007, "Invalid UTF-8");

  /** What is read next. */
  private enum State { FIRST_BYTE, SECOND_BYTE, LENGTH, MASK, PAYLOAD, ENDED }

  /** Who gets what was read. After {@link #closed} or {@link #fault} nothing more comes. */
  interface Sink {
    /** A whole message; the array belongs to the receiver. Text is valid UTF-8. */
    void message(boolean text, byte[] payload);

    void ping(byte[] payload);

    void pong();

    /** The peer's close frame; the code is {@link CloseReason#NO_STATUS} if it held none. */
    void closed(CloseReason reason);

    /** The peer broke the protocol or a limit. */
    void fault(CloseReason reason);
  }

  private final Sink sink;
  private final int maxMessageBytes;
  /** Null where compression was not negotiated. */
  private final InflationBudget inflation;
  private final Utf8 utf8 = new Utf8();

  private State state = State.FIRST_BYTE;
  private boolean fin;
  private int opcode;
  private boolean wideLength;
  /** Of the length or of the mask. */
  private int headerBytesLeft;
  private long remaining;
  private int mask;

  /** Opcode of the message that is being assembled, 0 between messages. */
  private int messageOpcode;
  /** Whether that message is compressed. */
  private boolean compressed;
  private byte[] message = EMPTY;
  private int messageLength;
  private byte[] control = EMPTY;
  private int controlLength;

  WebSocketDecoder(int maxMessageBytes, Optional<InflationBudget> inflation, Sink sink) {
    this.maxMessageBytes = maxMessageBytes;
    this.inflation = inflation.orElse(null);
    this.sink = sink;
  }

  /** Reads all bytes; those after the end of the conversation are thrown away. */
  void read(ByteBuf in) {
    while (state != State.ENDED && (in.isReadable() || state == State.PAYLOAD && remaining == 0)) {
      switch (state) {
        case FIRST_BYTE -> firstByte(in.readByte());
        case SECOND_BYTE -> secondByte(in.readByte());
        case LENGTH -> lengthByte(in.readByte());
        case MASK -> maskByte(in.readByte());
        case PAYLOAD -> payload(in);
        case ENDED -> { }
      }
    }
    in.skipBytes(in.readableBytes());
  }

  /** Stops reading: the rest is thrown away. */
  void end() {
    state = State.ENDED;
    message = EMPTY;
    control = EMPTY;
  }

  private void firstByte(byte b) {
    fin = (b & 0x80) != 0;
    opcode = b & 0x0F;
    if ((b & RESERVED_BITS) != 0 && !beginsCompressed(b & RESERVED_BITS)) {
      fault(CloseReason.protocolError("Reserved bits set"));
    } else if (isControl() && !fin) {
      fault(CloseReason.protocolError("Fragmented control frame"));
    } else {
      switch (opcode) {
        case CONTINUATION -> next(messageOpcode != 0, "Continuation without a message");
        case TEXT, BINARY -> {
          next(messageOpcode == 0, "New message inside a fragmented one");
          compressed = (b & RSV1) != 0;
        }
        case CLOSE, PING, PONG -> next(true, "");
        default -> next(false, "Reserved opcode");
      }
    }
  }

  /** RFC 7692, section 6: the bit stands on the first frame of a message, and on no other. */
  private boolean beginsCompressed(int reserved) {
    return inflation != null && reserved == RSV1 && (opcode == TEXT || opcode == BINARY);
  }

  private void next(boolean allowed, String otherwise) {
    if (allowed) {
      state = State.SECOND_BYTE;
    } else {
      fault(CloseReason.protocolError(otherwise));
    }
  }

  private void secondByte(byte b) {
    int length = b & 0x7F;
    if ((b & 0x80) == 0) {
      fault(CloseReason.protocolError("Frame not masked"));
    } else if (isControl() && length > MAX_CONTROL_PAYLOAD) {
      fault(CloseReason.protocolError("Control frame too long"));
    } else if (length < 126) {
      remaining = length;
      lengthKnown();
    } else {
      remaining = 0;
      headerBytesLeft = length == 126 ? 2 : 8;
      wideLength = length == 127;
      state = State.LENGTH;
    }
  }

  private void lengthByte(byte b) {
    remaining = remaining << 8 | b & 0xFF;
    if (--headerBytesLeft > 0) {
      return;
    }
    if (remaining < 0) {
      fault(CloseReason.protocolError("Length out of range"));
    } else if (remaining < (wideLength ? 65_536 : 126)) {
      fault(CloseReason.protocolError("Length not minimal"));
    } else {
      lengthKnown();
    }
  }

  private void lengthKnown() {
    if (!isControl() && remaining > maxReceivedBytes() - messageLength) {
      fault(CloseReason.MESSAGE_TOO_BIG);
      return;
    }
    mask = 0;
    headerBytesLeft = 4;
    state = State.MASK;
  }

  private void maskByte(byte b) {
    mask = mask << 8 | b & 0xFF;
    if (--headerBytesLeft > 0) {
      return;
    }
    if (isControl()) {
      control = new byte[(int) remaining];
      controlLength = 0;
    } else if (opcode != CONTINUATION) {
      messageOpcode = opcode;
    }
    state = State.PAYLOAD;
  }

  private void payload(ByteBuf in) {
    int count = (int) Math.min(in.readableBytes(), remaining);
    if (isControl()) {
      in.readBytes(control, controlLength, count);
      unmask(control, controlLength, count);
      controlLength += count;
    } else {
      makeRoom(count);
      in.readBytes(message, messageLength, count);
      unmask(message, messageLength, count);
      if (messageOpcode == TEXT && !compressed && !utf8.accept(message, messageLength, messageLength + count)) {
        fault(INVALID_TEXT);
        return;
      }
      messageLength += count;
    }
    remaining -= count;
    if (remaining == 0) {
      state = State.FIRST_BYTE;
      frameComplete();
    }
  }

  private void frameComplete() {
    switch (opcode) {
      case PING -> sink.ping(takeControl());
      case PONG -> {
        takeControl();
        sink.pong();
      }
      case CLOSE -> closeFrame(takeControl());
      default -> {
        if (fin) {
          messageComplete();
        }
      }
    }
  }

  private void messageComplete() {
    if (compressed) {
      inflate();
      return;
    }
    boolean text = messageOpcode == TEXT;
    if (text && !utf8.isComplete()) {
      fault(INVALID_TEXT);
      return;
    }
    byte[] payload = message.length == messageLength ? message : Arrays.copyOf(message, messageLength);
    deliver(text, payload);
  }

  private void inflate() {
    boolean text = messageOpcode == TEXT;
    switch (inflation.inflate(message, messageLength, maxMessageBytes)) {
      case Inflation.Fault(CloseReason reason) -> fault(reason);
      case Inflation.Payload(byte[] payload) when text && !Utf8.isValid(payload, 0, payload.length) -> fault(INVALID_TEXT);
      case Inflation.Payload(byte[] payload) -> deliver(text, payload);
    }
  }

  private void deliver(boolean text, byte[] payload) {
    message = EMPTY;
    messageLength = 0;
    messageOpcode = 0;
    sink.message(text, payload);
  }

  /** How much a message may take while it is collected. */
  private int maxReceivedBytes() {
    return compressed ? Inflation.maxInput(maxMessageBytes) : maxMessageBytes;
  }

  private void closeFrame(byte[] payload) {
    if (payload.length == 1) {
      fault(CloseReason.protocolError("Close frame of one byte"));
      return;
    }
    int code = payload.length == 0 ? CloseReason.NO_STATUS : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
    if (payload.length > 0 && !mayTravel(code)) {
      fault(CloseReason.protocolError("Invalid close code"));
    } else if (payload.length > 2 && !Utf8.isValid(payload, 2, payload.length)) {
      fault(INVALID_TEXT);
    } else {
      end();
      String text = payload.length <= 2 ? "" : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
      sink.closed(new CloseReason(code, text));
    }
  }

  /** RFC 6455, section 7.4, with the codes that were registered since (1012-1014). */
  private static boolean mayTravel(int code) {
    return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999;
  }

  private void fault(CloseReason reason) {
    end();
    sink.fault(reason);
  }

  private boolean isControl() {
    return (opcode & 0x08) != 0;
  }

  private byte[] takeControl() {
    byte[] payload = control;
    control = EMPTY;
    return payload;
  }

  /**
   * Room for what is here now, doubling, so that a message in a million fragments is not copied a million times; at most what is declared where the end
   * is in sight.
   */
  private void makeRoom(int count) {
    int needed = messageLength + count;
    if (needed > message.length) {
      long most = fin ? messageLength + remaining : maxReceivedBytes();
      message = Arrays.copyOf(message, (int) Math.min(most, Math.max(needed, 2L * message.length)));
    }
  }

  /** RFC 6455, section 5.3. Keeps {@link #mask} turned so that its first byte belongs to the next payload byte. */
  private void unmask(byte[] bytes, int from, int count) {
    int i = from;
    int end = from + count;
    for (; i <= end - Integer.BYTES; i += Integer.BYTES) {
      INTS.set(bytes, i, (int) INTS.get(bytes, i) ^ mask);
    }
    for (; i < end; i++) {
      bytes[i] ^= (byte) (mask >>> 24);
      mask = Integer.rotateLeft(mask, 8);
    }
  }
}
