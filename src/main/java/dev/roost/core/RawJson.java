package dev.roost.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A JSON value as the bytes that came in, checked to be well-formed by who made this, passed on without being parsed again.
 *
 * @param bytes the whole message it is a part of; read only
 * @param from where the value starts
 * @param length how many bytes it has; 0 means that there is no value
 */
public record RawJson(byte[] bytes, int from, int length) {
  /** No value: the key was not there, or was not of the kind asked for. */
  public static final RawJson ABSENT = new RawJson(new byte[0], 0, 0);

  public boolean isPresent() {
    return length > 0;
  }

  /** A value written out. */
  public static RawJson of(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return new RawJson(bytes, 0, bytes.length);
  }

  /** The same value in an array of its own, to be kept longer than the message. */
  public RawJson copy() {
    return new RawJson(Arrays.copyOfRange(bytes, from, from + length), 0, length);
  }

  /** Values and what is between them, put together. */
  public static RawJson of(List<RawJson> parts) {
    byte[] bytes = new byte[parts.stream().mapToInt(RawJson::length).sum()];
    int at = 0;
    for (RawJson part : parts) {
      System.arraycopy(part.bytes, part.from, bytes, at, part.length);
      at += part.length;
    }
    return new RawJson(bytes, 0, at);
  }

  /** This value with other bytes in place of some slices of it, which are in order; in parts, to be copied once. */
  public List<RawJson> replaced(List<RawJson> slices, RawJson by) {
    List<RawJson> parts = new ArrayList<>(2 * slices.size() + 1);
    int at = from;
    for (RawJson slice : slices) {
      parts.add(new RawJson(bytes, at, slice.from - at));
      parts.add(by);
      at = slice.from + slice.length;
    }
    parts.add(new RawJson(bytes, at, from + length - at));
    return parts;
  }

  /** The bytes of this value alone. */
  public byte[] toBytes() {
    return length == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, from + length);
  }

  /** Whether both are the same bytes. */
  public boolean sameAs(RawJson other) {
    return Arrays.equals(bytes, from, from + length, other.bytes, other.from, other.from + other.length);
  }

  /** The value as text, for logs and tests. */
  @Override
  public String toString() {
    return new String(bytes, from, length, StandardCharsets.UTF_8);
  }
}
