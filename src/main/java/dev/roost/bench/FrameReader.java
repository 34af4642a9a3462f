package dev.roost.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The client's side of RFC 6455, section 5: finds the frames in what a connection reads, wherever TCP cut it.
 *
 * <p>Frames that lie whole in a chunk, nearly all, are handed on where they are, without a copy. Not thread-safe; one for each connection, which costs
 * three fields while nothing is cut.
 */
final class FrameReader {
  /** More than any message that makes sense here; a larger length is a server out of step. */
  static final int MAX_PAYLOAD = 64 << 20;
  private static final int LONGEST_HEADER = 10;
  private static final int FIN = 0x80;
  private static final int RESERVED = 0x70;
  private static final int CONTROL = 0x08;
  private static final byte[] NOTHING = {};

  /** What comes out. The bytes are valid during the call only. */
  interface Sink {
    /** A whole text or binary message. */
    void message(ByteBuffer bytes, int from, int to);

    void ping(ByteBuffer bytes, int from, int to);

    /** @param code 1005 where the server gave none (section 7.1.5) */
    void close(int code);
  }

  /** The server broke the protocol; the message says how. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1;

    Violation(String message) {
      super(message);
    }
  }

  private final Sink sink;
  /** The beginning of a frame whose end has not come yet. */
  private byte[] rest = NOTHING;
  private int restLength;
  /** The fragments so far of a message; null between messages, which is nearly always. */
  private ByteArrayOutputStream fragments;

  FrameReader(Sink sink) {
    this.sink = sink;
  }

  /** Takes the bytes from {@code from} to {@code to}. After a Violation the connection is of no use. */
  void read(ByteBuffer bytes, int from, int to) throws Violation {
    int at = restLength == 0 ? from : completeRest(bytes, from, to);
    while (at < to) {
      int header = to - at < 2 ? 2 : headerLength(bytes.get(at + 1));
      if (to - at < header) {
        break;
      }
      int payload = payloadLength(bytes, at);
      if (to - at - header < payload) {
        break;
      }
      frame(bytes, at, at + header, at + header + payload);
      at += header + payload;
    }
    if (at < to) {
      keep(bytes, at, to);
    }
  }

  /** Adds to the frame that was begun; @return where the next one begins. */
  private int completeRest(ByteBuffer bytes, int from, int to) throws Violation {
    int at = from;
    while (true) {
      int header = restLength < 2 ? 2 : headerLength(rest[1]);
      boolean headerIsWhole = restLength >= header;
      int wanted = headerIsWhole ? header + payloadLength(ByteBuffer.wrap(rest), 0) : header;
      if (headerIsWhole && restLength == wanted) {
        byte[] whole = rest;
        rest = NOTHING;
        restLength = 0;
        frame(ByteBuffer.wrap(whole), 0, header, wanted);
        return at;
      }
      if (at == to) {
        return at;
      }
      int more = Math.min(wanted - restLength, to - at);
      rest = rest.length < wanted ? Arrays.copyOf(rest, Math.max(wanted, LONGEST_HEADER)) : rest;
      bytes.get(at, rest, restLength, more);
      restLength += more;
      at += more;
    }
  }

  private void keep(ByteBuffer bytes, int at, int to) throws Violation {
    restLength = to - at;
    rest = new byte[Math.max(restLength, LONGEST_HEADER)];
    bytes.get(at, rest, 0, restLength);
  }

  /** Of a frame that is not masked: a server must not mask (section 5.1), and {@link #payloadLength} says so. */
  private static int headerLength(byte second) {
    int length = second & 0x7F;
    return length < 126 ? 2 : length == 126 ? 4 : 10;
  }

  private static int payloadLength(ByteBuffer bytes, int at) throws Violation {
    int length = bytes.get(at + 1);
    if (length < 0) {
      throw new Violation("the server sent a masked frame");
    }
    if (length < 126) {
      return length;
    }
    long extended = length == 126 ? bytes.getShort(at + 2) & 0xFFFF : bytes.getLong(at + 2);
    if (extended < 0 || extended > MAX_PAYLOAD) {
      throw new Violation("the server announced a frame of " + Long.toUnsignedString(extended) + " bytes");
    }
    return (int) extended;
  }

  private void frame(ByteBuffer bytes, int header, int from, int to) throws Violation {
    int first = bytes.get(header) & 0xFF;
    if ((first & RESERVED) != 0) {
      throw new Violation("the server set a reserved bit, though no extension was agreed on");
    }
    int opcode = first & 0x0F;
    boolean last = (first & FIN) != 0;
    if ((opcode & CONTROL) != 0) {
      control(opcode, last, bytes, from, to);
    } else if (last && (opcode == Frames.TEXT || opcode == Frames.BINARY) && fragments == null) {
      sink.message(bytes, from, to);
    } else {
      fragment(opcode, last, bytes, from, to);
    }
  }

  private void control(int opcode, boolean last, ByteBuffer bytes, int from, int to) throws Violation {
    if (!last || to - from > 125) {
      throw new Violation("the server sent a control frame that is too long or in parts");
    }
    switch (opcode) {
      case Frames.PING -> sink.ping(bytes, from, to);
      case Frames.CLOSE -> sink.close(to - from < 2 ? 1005 : bytes.getShort(from) & 0xFFFF);
      case Frames.PONG -> { }
      default -> throw new Violation("the server sent the opcode " + opcode);
    }
  }

  private void fragment(int opcode, boolean last, ByteBuffer bytes, int from, int to) throws Violation {
    if (opcode > Frames.BINARY || (opcode == Frames.CONTINUATION) == (fragments == null)) {
      throw new Violation("the server sent the opcode " + opcode + " out of turn");
    }
    if (fragments == null) {
      fragments = new ByteArrayOutputStream();
    }
    byte[] part = new byte[to - from];
    bytes.get(from, part);
    fragments.writeBytes(part);
    if (fragments.size() > MAX_PAYLOAD) {
      throw new Violation("the server sent a message of more than " + MAX_PAYLOAD + " bytes");
    }
    if (last) {
      byte[] whole = fragments.toByteArray();
      fragments = null;
      sink.message(ByteBuffer.wrap(whole), 0, whole.length);
    }
  }
}
