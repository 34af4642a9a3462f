package dev.roost.ptt;

import dev.roost.core.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;

/**
 * A message as a client sees it, read by another library than the server's: whole numbers are {@code Long}, nothing is {@code null}, binary data a {@code ByteBuffer}, everything else what it is called.
 */
record Packed(List<Object> values) {

  /** What notepack writes for {@code undefined}. */
  static final Object UNDEFINED = new Object() {
    @Override
    public String toString() {
      return "undefined";
    }
  };

  static Packed of(Object... values) {
    return read(bytes(values));
  }

  /** An array of these values as a client writes it. */
  static byte[] bytes(Object... values) {
    return pack(Arrays.asList(values));
  }

  /** One value as a client writes it. */
  static byte[] pack(Object value) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      write(packer, value);
      return packer.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Packed read(Frame frame) {
    return read(Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length()));
  }

  /** One array and nothing else. */
  static Packed read(byte[] bytes) {
    return new Packed(new ArrayList<>((List<?>) unpack(bytes)));
  }

  /** One value and nothing else. */
  static Object unpack(byte[] bytes) {
    try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(bytes)) {
      Object value = read(unpacker);
      if (unpacker.hasNext()) {
        throw new AssertionError("Something follows " + value);
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int channel() {
    return Math.toIntExact((Long) values.get(0));
  }

  int type() {
    return Math.toIntExact((Long) values.get(1));
  }

  int size() {
    return values.size();
  }

  Object at(int index) {
    return values.get(index);
  }

  String text(int index) {
    return (String) values.get(index);
  }

  /** What stands last. */
  Object payload() {
    return values.getLast();
  }

  /** What stands last, which is a map. */
  Map<?, ?> map() {
    return (Map<?, ?>) values.getLast();
  }

  @Override
  public String toString() {
    return values.toString();
  }

  private static void write(MessageBufferPacker packer, Object value) throws IOException {
    switch (value) {
      case null -> packer.packNil();
      case Integer number -> packer.packLong(number);
      case Long number -> packer.packLong(number);
      case BigInteger number -> packer.packBigInteger(number);
      case Double number -> packer.packDouble(number);
      case Float number -> packer.packFloat(number);
      case Boolean bool -> packer.packBoolean(bool);
      case String text -> packer.packString(text);
      case byte[] data -> {
        packer.packBinaryHeader(data.length);
        packer.writePayload(data);
      }
      case List<?> list -> {
        packer.packArrayHeader(list.size());
        for (Object element : list) {
          write(packer, element);
        }
      }
      case Map<?, ?> map -> {
        packer.packMapHeader(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          write(packer, entry.getKey());
          write(packer, entry.getValue());
        }
      }
      default -> {
        if (value != UNDEFINED) {
          throw new IllegalArgumentException("What is " + value + "?");
        }
        packer.packExtensionTypeHeader((byte) 0, 1);
        packer.writePayload(new byte[1]);
      }
    }
  }

  private static Object read(MessageUnpacker unpacker) throws IOException {
    switch (unpacker.getNextFormat().getValueType()) {
      case NIL -> {
        unpacker.unpackNil();
        return null;
      }
      case BOOLEAN -> {
        return unpacker.unpackBoolean();
      }
      case INTEGER -> {
        BigInteger number = unpacker.unpackBigInteger();
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
      }
      case FLOAT -> {
        return unpacker.unpackDouble();
      }
      case STRING -> {
        return unpacker.unpackString();
      }
      case BINARY -> {
        return ByteBuffer.wrap(unpacker.readPayload(unpacker.unpackBinaryHeader()));
      }
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (int left = unpacker.unpackArrayHeader(); left > 0; left--) {
          list.add(read(unpacker));
        }
        return list;
      }
      case MAP -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int left = unpacker.unpackMapHeader(); left > 0; left--) {
          map.put(read(unpacker), read(unpacker));
        }
        return map;
      }
      default -> {
        unpacker.skipValue();
        return UNDEFINED;
      }
    }
  }
}
