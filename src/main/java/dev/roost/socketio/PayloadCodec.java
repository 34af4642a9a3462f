package dev.roost.socketio;

import dev.roost.core.Frame;
import java.util.List;

/** How several packets travel in one request or answer of long polling. */
sealed interface PayloadCodec permits Payload4, Payload3 {
  String TEXT = "text/plain; charset=UTF-8";
  String BINARY = "application/octet-stream";

  /**
   * Packets as they go over the wire.
   *
   * @param contentType the media type
   * @param bytes the body
   */
  record Payload(String contentType, byte[] bytes) {}

  /**
   * Hands over the packets of a request, as they come, until the sink has had enough. What it costs grows with the bytes and with nothing else.
   *
   * @param isBinary whether the client calls it bytes, and not text
   * @return whether it is a payload, as far as it was read
   */
  boolean decode(byte[] body, boolean isBinary, PacketSink sink);

  /** How many bytes a frame takes in an answer, at most. */
  long sizeOf(Frame frame);

  /** Writes text frames, each a whole packet, and binary frames, each a binary message; at least one. */
  Payload encode(List<Frame> frames);
}
