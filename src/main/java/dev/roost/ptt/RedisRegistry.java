package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisReply;
import dev.roost.cluster.RedisScript;
import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry that all servers on one Redis share, under the keys of section 2.7, which the original uses, too. A login is one script and one way to Redis and back. What Redis does not answer within a second has failed; what fails is
 * told to the caller and, now and then, to the log.
 */
final class RedisRegistry implements Registry {
  private static final Logger log = LoggerFactory.getLogger(RedisRegistry.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(30);
  /** A larger group cannot be read: on a busy machine 100,000 members took 0.8 s from Redis to here, which holds up everything else that Redis answers. */
  private static final int MOST_MEMBERS = 20_000;
  /** The same of a user. */
  private static final int MOST_GROUPS = 10_000;
  /** Each of them is read when the user connects. */
  private static final int MOST_GROUPS_TO_JOIN = 1_000;
  private static final int GROUP_MESSAGES = 50;
  /** The contract sets no limit to these; the original trimmed them from time to time. */
  private static final int USER_MESSAGES = 1_000;
  /** Message ids on the way to Redis. */
  private static final int MOST_NOTES = 1_000;

  /**
   * The order grows with the login before and is never less than the time of Redis, in ms: so it grows also where Redis has lost its last changes, or all of them, while older connections live. Who asks again, after ARGV[3] ms, has the
   * number of its first question, if that was carried out; else that of the time when it came, and nothing is written where another login has come since. A last login of the future is no reason: the clock was put back.
   */
  private static final RedisScript<Login> LOGIN = new RedisScript<>("""
      local before = redis.call('HMGET', KEYS[1], 'deviceId', 'roostLogin', 'roostConn', 'roostBefore')
      if before[2] and before[3] == ARGV[2] then return {before[2], before[4]} end
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local came = now - ARGV[3]
      local last = tonumber(before[2]) or 0
      if came < now and last > came and last <= now then return {string.format('%.0f', came), before[1]} end
      local order = string.format('%.0f', math.max(last + 1, came))
      redis.call('HSET', KEYS[1], 'deviceId', ARGV[1], 'roostLogin', order, 'roostConn', ARGV[2])
      if before[1] then redis.call('HSET', KEYS[1], 'roostBefore', before[1]) else redis.call('HDEL', KEYS[1], 'roostBefore') end
      return {order, before[1]}
      """, reply -> new Login(reply.items().get(1).text(), reply.items().get(0).number()));

  private static final RedisScript<Optional<Set<String>>> READ = new RedisScript<>("""
      if redis.call('SCARD', KEYS[1]) > tonumber(ARGV[1]) then
        return false
      end
      return redis.call('SMEMBERS', KEYS[1])
      """, RedisRegistry::texts);

  /** Both sets in one step. Of a key with another kind of value SCARD says so before anything is written. */
  private static final RedisScript<Boolean> CHANGE = new RedisScript<>("""
      local members, groups = redis.call('SCARD', KEYS[1]), redis.call('SCARD', KEYS[2])
      if ARGV[1] == 'SADD' and (members >= tonumber(ARGV[4]) or groups >= tonumber(ARGV[5])) then
        return redis.call('SISMEMBER', KEYS[1], ARGV[2])
      end
      redis.call(ARGV[1], KEYS[1], ARGV[2])
      redis.call(ARGV[1], KEYS[2], ARGV[3])
      return 1
      """, reply -> reply.number() == 1);

  private static final RedisScript<Boolean> NOTE = new RedisScript<>("""
      redis.call('LPUSH', KEYS[1], ARGV[1])
      redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
      return 1
      """, reply -> reply.number() == 1);

  private final Loop loop;
  private final Redis redis;
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  private int notes;
  private long lostNotes;

  RedisRegistry(Loop loop, Redis redis) {
    this.loop = loop;
    this.redis = redis;
  }

  @Override
  public void login(Arrival arrival, Consumer<Login> done) {
    CompletionStage<Login> answer = redis.send(LOGIN.with(List.of(user(arrival.userId())), arrival.deviceId(), arrival.connection(), arrival.age().toMillis()));
    ask("A login was not noted", answer, login -> done.accept(login.orElse(Login.UNKNOWN)));
  }

  @Override
  public void members(String groupId, Consumer<Optional<Set<String>>> done) {
    read("The members of a group", members(groupId), MOST_MEMBERS, done);
  }

  @Override
  public void groups(String userId, Consumer<Optional<Set<String>>> done) {
    read("The groups of a user", groups(userId), MOST_GROUPS, done);
  }

  private void read(String what, String key, int most, Consumer<Optional<Set<String>>> done) {
    ask(what + " were not read", redis.send(READ.with(List.of(key), most)), answer -> {
      answer.filter(Optional::isEmpty).ifPresent(_ -> complain(what + " are more than {}, which are too many to be read", most));
      done.accept(answer.flatMap(all -> all));
    });
  }

  private static Optional<Set<String>> texts(RedisReply reply) {
    if (reply.isNil()) {
      return Optional.empty();
    }
    Set<String> texts = new HashSet<>();
    reply.items().forEach(item -> item.text().ifPresent(texts::add));
    return Optional.of(texts);
  }

  @Override
  public void add(String groupId, String userId, Consumer<Boolean> done) {
    change("SADD", groupId, userId, done);
  }

  @Override
  public void remove(String groupId, String userId, Consumer<Boolean> done) {
    change("SREM", groupId, userId, done);
  }

  /** In a cluster the two sets are on different servers, and one of them may be written without the other. */
  private void change(String command, String groupId, String userId, Consumer<Boolean> done) {
    String members = members(groupId);
    String groups = groups(userId);
    CompletionStage<Boolean> written = redis.isCluster()
        ? redis.sendAll(List.of(RedisCommand.of(command, RedisReply::number, members, userId), RedisCommand.of(command, RedisReply::number, groups, groupId))).thenApply(_ -> true)
        : redis.send(CHANGE.with(List.of(members, groups), command, userId, groupId, MOST_MEMBERS, MOST_GROUPS_TO_JOIN));
    ask("A change of a group was not written", written, isWritten -> done.accept(isWritten.orElse(false)));
  }

  @Override
  public void noteGroupMessage(String groupId, String messageId) {
    note("._g_" + groupId, messageId, GROUP_MESSAGES);
  }

  @Override
  public void noteUserMessage(String userId, String messageId) {
    note("m." + userId + ".u", messageId, USER_MESSAGES);
  }

  private void note(String key, String messageId, int most) {
    if (notes >= MOST_NOTES) {
      lost("too many are on the way");
      return;
    }
    notes++;
    redis.send(NOTE.with(List.of(key), messageId, most)).whenComplete((written, failure) -> loop.execute(() -> {
      notes--;
      if (failure != null) {
        lost(failure.getMessage());
      }
    }));
  }

  private void lost(String reason) {
    lostNotes++;
    complain("Ids of messages are lost, {} so far: {}", lostNotes, reason);
  }

  /** How many ids of messages could not be written. */
  long lostNotes() {
    return lostNotes;
  }

  @Override
  public Map<String, Number> figures() {
    return Map.of("messageIdsLost", lostNotes);
  }

  /** Not that of user {@code bob.g}, which is where the groups of user {@code bob} are. */
  private static String user(String userId) {
    return userId.endsWith(".g") ? "roost:ptt:login:" + userId : "u." + userId;
  }

  private static String members(String groupId) {
    return "g." + groupId + ".u";
  }

  private static String groups(String userId) {
    return "u." + userId + ".g";
  }

  private <T> void ask(String otherwise, CompletionStage<T> answer, Consumer<Optional<T>> done) {
    BiConsumer<T, Throwable> hear = (value, failure) -> {
      if (failure != null) {
        complain(otherwise + ": {}", failure.getMessage());
      }
      done.accept(Optional.ofNullable(value));
    };
    answer.whenComplete((value, failure) -> loop.execute(() -> hear.accept(value, failure)));
  }

  private void complain(String message, Object... parts) {
    if (failureLog.allow(loop.nanos())) {
      log.warn(message, parts);
    }
  }
}
