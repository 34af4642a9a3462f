package dev.roost.cluster;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What Redis answered. A question that does not fit fails with a ClassCastException, which fails the command: somebody keeps another kind of value under the same key.
 *
 * @param value a Long, a byte[], a list of such values or null
 */
public record RedisReply(Object value) {

  public boolean isNil() {
    return value == null;
  }

  /** A whole number, also one that was written as text; 0 for nil. */
  public long number() {
    return value == null ? 0 : value instanceof byte[] bytes ? Long.parseLong(text(bytes)) : (Long) value;
  }

  public Optional<byte[]> bytes() {
    return Optional.ofNullable((byte[]) value);
  }

  public Optional<String> text() {
    return value == null ? Optional.empty() : Optional.of(value instanceof byte[] bytes ? text(bytes) : value.toString());
  }

  /** The parts of a list, or keys and values of a map in turn; empty for nil. */
  public List<RedisReply> items() {
    return value == null ? List.of() : ((List<?>) value).stream().map(RedisReply::new).toList();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
