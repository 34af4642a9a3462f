package dev.roost.cluster;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One command and what its answer means; a value that may be sent again.
 *
 * @param <T> the answer
 */
public final class RedisCommand<T> {
  private final String name;
  private final List<String> keys;
  private final List<Object> arguments;
  private final Function<RedisReply, T> answer;
  private final Optional<RedisScript<T>> script;

  private RedisCommand(String name, List<String> keys, List<Object> arguments, Function<RedisReply, T> answer, Optional<RedisScript<T>> script) {
    this.name = name;
    this.keys = keys;
    this.arguments = arguments;
    this.answer = answer;
    this.script = script;
  }

  /**
   * A command that has no name below.
   *
   * @param name as Redis knows it, one word
   * @param key its first argument, by which a cluster finds the server
   * @param arguments those behind the key: texts, byte arrays and whole numbers
   */
  public static <T> RedisCommand<T> of(String name, Function<RedisReply, T> answer, String key, Object... arguments) {
    return new RedisCommand<>(name, List.of(key), List.of(arguments), answer, Optional.empty());
  }

  static <T> RedisCommand<T> of(RedisScript<T> script, List<String> keys, List<Object> arguments) {
    return new RedisCommand<>("EVAL", List.copyOf(keys), arguments, script.answer(), Optional.of(script));
  }

  /** A command that concerns the server, and no key. */
  static <T> RedisCommand<T> ofServer(String name, Function<RedisReply, T> answer, Object... arguments) {
    return new RedisCommand<>(name, List.of(), List.of(arguments), answer, Optional.empty());
  }

  public static RedisCommand<Optional<String>> get(String key) {
    return of("GET", RedisReply::text, key);
  }

  public static RedisCommand<Void> set(String key, String value) {
    return of("SET", _ -> null, key, value);
  }

  /** Sets a value that is gone after so long. */
  public static RedisCommand<Void> set(String key, String value, Duration ttl) {
    return of("SET", _ -> null, key, value, "PX", ttl.toMillis());
  }

  public static RedisCommand<Boolean> exists(String key) {
    return of("EXISTS", RedisCommand::isOne, key);
  }

  /** Whether there was such a key. */
  public static RedisCommand<Boolean> delete(String key) {
    return of("DEL", RedisCommand::isOne, key);
  }

  /** Whether there is such a key; if so, it is gone after so long. */
  public static RedisCommand<Boolean> expire(String key, Duration ttl) {
    return of("PEXPIRE", RedisCommand::isOne, key, ttl.toMillis());
  }

  public static RedisCommand<Optional<String>> hashGet(String key, String field) {
    return of("HGET", RedisReply::text, key, field);
  }

  /** The values of these fields, in their order. */
  public static RedisCommand<List<Optional<String>>> hashGetAll(String key, List<String> fields) {
    return of("HMGET", reply -> reply.items().stream().map(RedisReply::text).toList(), key, fields.toArray());
  }

  /** Sets fields: name and value in turn. */
  public static RedisCommand<Void> hashSet(String key, String... fieldsAndValues) {
    return of("HSET", _ -> null, key, (Object[]) fieldsAndValues);
  }

  /** Adds to the number in a field; hears the sum. */
  public static RedisCommand<Long> hashAdd(String key, String field, long number) {
    return of("HINCRBY", RedisReply::number, key, field, number);
  }

  public static RedisCommand<Set<String>> members(String key) {
    return of("SMEMBERS", reply -> {
      Set<String> members = new HashSet<>();
      reply.items().forEach(item -> item.text().ifPresent(members::add));
      return members;
    }, key);
  }

  /** Whether it was not a member before. */
  public static RedisCommand<Boolean> addMember(String key, String member) {
    return of("SADD", RedisCommand::isOne, key, member);
  }

  /** Puts a value in front of a list; hears its length. */
  public static RedisCommand<Long> pushFront(String key, String value) {
    return of("LPUSH", RedisReply::number, key, value);
  }

  /** Keeps only so many values, from the front. */
  public static RedisCommand<Void> trim(String key, int length) {
    return of("LTRIM", _ -> null, key, 0, length - 1);
  }

  /** To all who hear the channel, on every server; hears how many they are, those on the server that was asked. */
  public static RedisCommand<Long> publish(String channel, byte[] message) {
    return of("PUBLISH", RedisReply::number, channel, message);
  }

  String name() {
    return name;
  }

  List<String> keys() {
    return keys;
  }

  List<Object> arguments() {
    return arguments;
  }

  Function<RedisReply, T> answer() {
    return answer;
  }

  Optional<RedisScript<T>> script() {
    return script;
  }

  /** The name only: the rest may be somebody's business. */
  @Override
  public String toString() {
    return name;
  }

  private static boolean isOne(RedisReply reply) {
    return reply.number() == 1;
  }
}
