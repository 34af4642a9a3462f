package dev.roost.socketio;

import dev.roost.core.Frame;
import dev.roost.transport.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Protocol 3. As text: the length of each packet in UTF-16 units, a colon, the packet; a binary message is {@code b4} and base64. As bytes: 0 for text or 1 for
 * binary, the digits of the length in bytes, each as a byte of its own, 255, the packet.
 */
final class Payload3 implements PayloadCodec {
  static final Payload3 BYTES = new Payload3(true);
  static final Payload3 TEXT_ONLY = new Payload3(false);

  private static final int MAX_DIGITS = 9;
  private static final int END_OF_LENGTH = 0xFF;

  private final boolean takesBytes;

  /** {@code takesBytes}: whether the client understands the binary form. */
  private Payload3(boolean takesBytes) {
    this.takesBytes = takesBytes;
  }

  @Override
  public boolean decode(byte[] body, boolean isBinary, PacketSink sink) {
    if (body.length == 0) {
      return false;
    }
    return isBinary ? decodeBytes(body, sink) : Utf8.isValid(body, 0, body.length) && decodeText(body, sink);
  }

  private static boolean decodeText(byte[] body, PacketSink sink) {
    int at = 0;
    while (at < body.length) {
      int colon = at;
      int units = 0;
      while (colon < body.length && body[colon] >= '0' && body[colon] <= '9' && colon - at < MAX_DIGITS) {
        units = units * 10 + body[colon++] - '0';
      }
      if (units == 0 || colon == body.length || body[colon] != ':') {
        return false;
      }
      int end = afterUnits(body, colon + 1, units);
      if (end < 0) {
        return false;
      }
      Optional<Boolean> goesOn = textPacket(body, colon + 1, end, sink);
      if (goesOn.isEmpty() || !goesOn.get()) {
        return goesOn.isPresent();
      }
      at = end;
    }
    return true;
  }

  /** Where so many UTF-16 units end; -1 if there are fewer, or the end would be within a character. */
  private static int afterUnits(byte[] text, int from, int units) {
    int at = from;
    int left = units;
    while (left > 0 && at < text.length) {
      int b = text[at] & 0xFF;
      at += b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
      left -= b < 0xF0 ? 1 : 2;
    }
    return left == 0 ? at : -1;
  }

  /** Whether to go on; empty if it is no packet. */
  private static Optional<Boolean> textPacket(byte[] body, int from, int to, PacketSink sink) {
    if (body[from] != EnginePacket.BASE64) {
      return Optional.of(sink.packet(body, from, to));
    }
    return decodeBase64(body, from, to).map(sink::message);
  }

  /** The bytes of {@code b4} and base64; empty if it is nothing of the kind. */
  static Optional<byte[]> decodeBase64(byte[] text, int from, int to) {
    return to - from < 2 || text[from + 1] != EnginePacket.MESSAGE ? Optional.empty() : Base64Text.decode(text, from + 2, to);
  }

  private static boolean decodeBytes(byte[] body, PacketSink sink) {
    int at = 0;
    while (at < body.length) {
      byte kind = body[at++];
      int first = at;
      int length = 0;
      while (at < body.length && body[at] >= 0 && body[at] <= 9 && at - first < MAX_DIGITS) {
        length = length * 10 + body[at++];
      }
      if (length == 0 || at == body.length || (body[at] & 0xFF) != END_OF_LENGTH || length > body.length - ++at) {
        return false;
      }
      Optional<Boolean> goesOn = switch (kind) {
        case 0 -> Utf8.isValid(body, at, at + length) ? textPacket(body, at, at + length, sink) : Optional.empty();
        case 1 -> body[at] == Protocol3Connection.MESSAGE ? Optional.of(sink.message(Arrays.copyOfRange(body, at + 1, at + length))) : Optional.empty();
        default -> Optional.empty();
      };
      if (goesOn.isEmpty() || !goesOn.get()) {
        return goesOn.isPresent();
      }
      at += length;
    }
    return true;
  }

  @Override
  public long sizeOf(Frame frame) {
    long packet = !frame.isBinary() ? frame.payloadLength() : takesBytes ? 1 + frame.payloadLength() : 2 + Base64Text.length(frame.payloadLength());
    return 2 + MAX_DIGITS + packet;
  }

  @Override
  public Payload encode(List<Frame> frames) {
    boolean asBytes = takesBytes && frames.stream().anyMatch(Frame::isBinary);
    ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(frames.stream().mapToLong(this::sizeOf).sum()));
    for (Frame frame : frames) {
      if (asBytes) {
        writeBytes(frame, out);
      } else {
        writeText(frame, out);
      }
    }
    return new Payload(asBytes ? BINARY : TEXT, out.toByteArray());
  }

  private static void writeText(Frame frame, ByteArrayOutputStream out) {
    if (frame.isBinary()) {
      byte[] text = new byte[2 + Math.toIntExact(Base64Text.length(frame.payloadLength()))];
      text[0] = EnginePacket.BASE64;
      text[1] = EnginePacket.MESSAGE;
      Base64Text.write(frame, text, 2);
      out.writeBytes((text.length + ":").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(text);
    } else {
      out.writeBytes((units(frame) + ":").getBytes(StandardCharsets.US_ASCII));
      out.write(frame.wire(), frame.payloadStart(), frame.payloadLength());
    }
  }

  /** The length of a text as its clients count it. */
  private static int units(Frame frame) {
    byte[] bytes = frame.wire();
    int units = 0;
    for (int i = frame.payloadStart(); i < bytes.length; i++) {
      int b = bytes[i] & 0xFF;
      // A continuation byte counts for nothing, the first one of four for a pair of surrogates.
      units += (b & 0xC0) == 0x80 ? 0 : b >= 0xF0 ? 2 : 1;
    }
    return units;
  }

  private static void writeBytes(Frame frame, ByteArrayOutputStream out) {
    int length = frame.payloadLength() + (frame.isBinary() ? 1 : 0);
    out.write(frame.isBinary() ? 1 : 0);
    for (char digit : Integer.toString(length).toCharArray()) {
      out.write(digit - '0');
    }
    out.write(END_OF_LENGTH);
    if (frame.isBinary()) {
      out.write(Protocol3Connection.MESSAGE);
    }
    out.write(frame.wire(), frame.payloadStart(), frame.payloadLength());
  }
}
