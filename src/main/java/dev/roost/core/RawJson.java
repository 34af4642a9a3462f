package dev.roost.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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

  /** The value as text, for logs and tests. */
  @Override
  public String toString() {
    return new String(bytes, from, length, StandardCharsets.UTF_8);
  }
}
