package dev.roost.transport.msgpack;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads MessagePack (the specification of msgpack.org, 2017) from an array, value by value. Nothing is allocated by a declared length, and values within values are bounded, so a hostile message costs no more than its bytes.
 * Every method throws {@link MsgPackException} where the bytes are not what it needs.
 */
public final class MsgPackIn {
  /** What a value is. {@code UNDEFINED} is what the {@code notepack} library writes for it: an extension of one byte, type 0. */
  public enum Kind { NIL, UNDEFINED, BOOLEAN, INTEGER, FLOAT, STRING, BINARY, ARRAY, MAP, EXTENSION }

  private static final int MAX_DEPTH = 16;

  private final byte[] bytes;
  private final int end;
  private int at;

  public MsgPackIn(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    at = from;
    end = from + length;
  }

  /** Where the next value begins. */
  public int position() {
    return at;
  }

  /** Whether nothing is left. */
  public boolean isAtEnd() {
    return at == end;
  }

  /** What the next value is; it is not read. */
  public Kind kind() {
    int type = peek();
    if (type <= 0x7f || type >= 0xe0) {
      return Kind.INTEGER;
    }
    return switch (type & 0xf0) {
      case 0x80 -> Kind.MAP;
      case 0x90 -> Kind.ARRAY;
      case 0xa0, 0xb0 -> Kind.STRING;
      default -> named(type);
    };
  }

  private Kind named(int type) {
    return switch (type) {
      case 0xc0 -> Kind.NIL;
      case 0xc2, 0xc3 -> Kind.BOOLEAN;
      case 0xc4, 0xc5, 0xc6 -> Kind.BINARY;
      case 0xca, 0xcb -> Kind.FLOAT;
      case 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3 -> Kind.INTEGER;
      case 0xd4 -> at + 2 < end && bytes[at + 1] == 0 ? Kind.UNDEFINED : Kind.EXTENSION;
      case 0xc7, 0xc8, 0xc9, 0xd5, 0xd6, 0xd7, 0xd8 -> Kind.EXTENSION;
      case 0xd9, 0xda, 0xdb -> Kind.STRING;
      case 0xdc, 0xdd -> Kind.ARRAY;
      case 0xde, 0xdf -> Kind.MAP;
      default -> throw new MsgPackException("0x" + Integer.toHexString(type) + " begins no value");
    };
  }

  /** The header of an array: how many values follow. */
  public int array() {
    int type = next();
    return count(switch (type) {
      case 0xdc -> bits(2);
      case 0xdd -> bits(4);
      default -> fixed(type, 0x90, 0x0f);
    }, 1);
  }

  /** The header of a map: how many pairs follow. */
  public int map() {
    int type = next();
    return count(switch (type) {
      case 0xde -> bits(2);
      case 0xdf -> bits(4);
      default -> fixed(type, 0x80, 0x0f);
    }, 2);
  }

  /** An integer of any width. One above the range of long comes out negative, as {@link Long#toUnsignedString} wants it: see {@link #isBig}. */
  public long integer() {
    int type = next();
    if (type <= 0x7f) {
      return type;
    }
    if (type >= 0xe0) {
      return (byte) type;
    }
    return switch (type) {
      case 0xcc -> bits(1);
      case 0xcd -> bits(2);
      case 0xce -> bits(4);
      case 0xcf, 0xd3 -> bits(8);
      case 0xd0 -> (byte) bits(1);
      case 0xd1 -> (short) bits(2);
      case 0xd2 -> (int) bits(4);
      default -> throw new MsgPackException("not an integer");
    };
  }

  /** Whether the next value is an integer above the range of long. */
  public boolean isBig() {
    return peek() == 0xcf && at + 1 < end && bytes[at + 1] < 0;
  }

  /** A floating-point number. */
  public double decimal() {
    return switch (next()) {
      case 0xca -> Float.intBitsToFloat((int) bits(4));
      case 0xcb -> Double.longBitsToDouble(bits(8));
      default -> throw new MsgPackException("not a floating-point number");
    };
  }

  public boolean bool() {
    return switch (next()) {
      case 0xc2 -> false;
      case 0xc3 -> true;
      default -> throw new MsgPackException("not a boolean");
    };
  }

  /** A string; throws if it is not valid UTF-8. */
  public String string() {
    int length = stringLength();
    int from = advance(length);
    try {
      return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, length)).toString();
    } catch (CharacterCodingException e) {
      throw new MsgPackException("not UTF-8");
    }
  }

  /** Over the header of a string or of binary data: how many bytes follow, at {@link #position()}. They are not read. */
  public int content() {
    int length = kind() == Kind.BINARY ? binaryLength() : stringLength();
    if (length > end - at) {
      throw new MsgPackException("cut off");
    }
    return length;
  }

  /** Over the next value, whatever it is. */
  public void skip() {
    int[] left = new int[MAX_DEPTH];
    int depth = 0;
    left[0] = 1;
    while (depth >= 0) {
      if (left[depth]-- == 0) {
        depth--;
        continue;
      }
      int inner = skipOne();
      if (inner > 0) {
        if (++depth == MAX_DEPTH) {
          throw new MsgPackException("nested too deeply");
        }
        left[depth] = inner;
      }
    }
  }

  /** Over one value, of an array or a map over its header only; how many values are in it. */
  private int skipOne() {
    switch (kind()) {
      case ARRAY -> {
        return array();
      }
      case MAP -> {
        return 2 * map();
      }
      case NIL, BOOLEAN -> advance(1);
      case INTEGER -> integer();
      case FLOAT -> decimal();
      case STRING, BINARY -> advance(content());
      case UNDEFINED, EXTENSION -> advance(extensionLength());
    }
    return 0;
  }

  private int stringLength() {
    int type = next();
    return length(switch (type) {
      case 0xd9 -> bits(1);
      case 0xda -> bits(2);
      case 0xdb -> bits(4);
      default -> fixed(type, 0xa0, 0x1f);
    });
  }

  private int binaryLength() {
    return length(switch (next()) {
      case 0xc4 -> bits(1);
      case 0xc5 -> bits(2);
      case 0xc6 -> bits(4);
      default -> throw new MsgPackException("not binary data");
    });
  }

  /** Over the header; the type and the data follow. */
  private int extensionLength() {
    return length(1 + switch (next()) {
      case 0xc7 -> bits(1);
      case 0xc8 -> bits(2);
      case 0xc9 -> bits(4);
      case 0xd4 -> 1;
      case 0xd5 -> 2;
      case 0xd6 -> 4;
      case 0xd7 -> 8;
      case 0xd8 -> 16;
      default -> throw new MsgPackException("not an extension");
    });
  }

  private static int fixed(int type, int base, int mask) {
    if ((type & ~mask) != base) {
      throw new MsgPackException("another kind of value");
    }
    return type & mask;
  }

  /** Every value has a byte at least, so what declares more than there is ends here. */
  private int count(long declared, int valuesEach) {
    if (declared * valuesEach > end - at) {
      throw new MsgPackException("cut off");
    }
    return (int) declared;
  }

  private int length(long declared) {
    return count(declared, 1);
  }

  private int peek() {
    if (at >= end) {
      throw new MsgPackException("cut off");
    }
    return bytes[at] & 0xff;
  }

  private int next() {
    int type = peek();
    at++;
    return type;
  }

  private long bits(int width) {
    int from = advance(width);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 8 | bytes[from + i] & 0xff;
    }
    return value;
  }

  private int advance(int length) {
    if (length > end - at) {
      throw new MsgPackException("cut off");
    }
    int from = at;
    at += length;
    return from;
  }
}
