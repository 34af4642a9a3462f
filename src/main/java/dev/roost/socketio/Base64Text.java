package dev.roost.socketio;

import dev.roost.core.Frame;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** Binary messages as text (RFC 4648, section 4). */
final class Base64Text {
  private Base64Text() {}

  /** The bytes of a part of a text; empty if it is none. Padding may be missing. */
  static Optional<byte[]> decode(byte[] text, int from, int to) {
    try {
      return Optional.of(Base64.getDecoder().decode(Arrays.copyOfRange(text, from, to)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** How many characters so many bytes take. */
  static long length(int bytes) {
    return (bytes + 2L) / 3 * 4;
  }

  /** Writes the payload of a frame; returns where the text ends. */
  static int write(Frame frame, byte[] to, int at) {
    byte[] text = Base64.getEncoder().encode(Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length()));
    System.arraycopy(text, 0, to, at, text.length);
    return at + text.length;
  }
}
