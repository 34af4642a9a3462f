package dev.roost.socketio;

import dev.roost.core.Frame;
import dev.roost.transport.Utf8;
import java.util.List;
import java.util.Optional;

/** Protocol 4: packets as text with a record separator in between, binary messages as {@code b} and base64. */
final class Payload4 implements PayloadCodec {
  static final Payload4 CODEC = new Payload4();

  private static final byte SEPARATOR = 0x1e;

  /** What became of one packet. */
  private enum Step { GO_ON, STOP, MALFORMED }

  private Payload4() {}

  @Override
  public boolean decode(byte[] body, boolean isBinary, PacketSink sink) {
    if (!Utf8.isValid(body, 0, body.length)) {
      return false;
    }
    int from = 0;
    for (int at = 0; at <= body.length; at++) {
      if (at == body.length || body[at] == SEPARATOR) {
        Step step = packet(body, from, at, sink);
        if (step != Step.GO_ON) {
          return step == Step.STOP;
        }
        from = at + 1;
      }
    }
    return true;
  }

  private static Step packet(byte[] body, int from, int to, PacketSink sink) {
    if (from == to) {
      return Step.MALFORMED;
    }
    if (body[from] != EnginePacket.BASE64) {
      return sink.packet(body, from, to) ? Step.GO_ON : Step.STOP;
    }
    Optional<byte[]> message = Base64Text.decode(body, from + 1, to);
    if (message.isEmpty()) {
      return Step.MALFORMED;
    }
    return sink.message(message.get()) ? Step.GO_ON : Step.STOP;
  }

  @Override
  public long sizeOf(Frame frame) {
    return 1 + (frame.isBinary() ? 1 + Base64Text.length(frame.payloadLength()) : frame.payloadLength());
  }

  @Override
  public Payload encode(List<Frame> frames) {
    byte[] bytes = new byte[Math.toIntExact(frames.stream().mapToLong(this::sizeOf).sum() - 1)];
    int at = 0;
    for (Frame frame : frames) {
      if (at > 0) {
        bytes[at++] = SEPARATOR;
      }
      if (frame.isBinary()) {
        bytes[at++] = EnginePacket.BASE64;
        at = Base64Text.write(frame, bytes, at);
      } else {
        System.arraycopy(frame.wire(), frame.payloadStart(), bytes, at, frame.payloadLength());
        at += frame.payloadLength();
      }
    }
    return new Payload(TEXT, bytes);
  }
}
