package dev.roost.cluster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;

/**
 * A Lua script that Redis runs in one step, with what its answer means.
 *
 * @param <T> the answer
 */
public final class RedisScript<T> {
  private final String source;
  private final String digest;
  private final Function<RedisReply, T> answer;

  public RedisScript(String source, Function<RedisReply, T> answer) {
    this.source = source;
    this.answer = answer;
    digest = digest(source);
  }

  /**
   * The script to be run with these.
   *
   * @param keys all keys that it touches, at least one; in a cluster they must be in one slot
   * @param arguments texts, byte arrays and whole numbers
   */
  public RedisCommand<T> with(List<String> keys, Object... arguments) {
    return RedisCommand.of(this, keys, List.of(arguments));
  }

  String source() {
    return source;
  }

  /** By which Redis knows it. */
  String digest() {
    return digest;
  }

  Function<RedisReply, T> answer() {
    return answer;
  }

  private static String digest(String source) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(source.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-1", e);
    }
  }
}
