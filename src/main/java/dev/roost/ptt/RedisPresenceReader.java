package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Reads what is known of users, many in one round trip. Any thread; answers on threads of the library. */
final class RedisPresenceReader {
  private static final Object[] FIELDS = {"lastSeen", "deviceId"};

  private final Redis redis;

  RedisPresenceReader(Redis redis) {
    this.redis = redis;
  }

  /** The status of each of these users, in this order, in one round trip. */
  CompletionStage<List<Status>> statuses(List<String> userIds, long now) {
    List<String> each = List.copyOf(new LinkedHashSet<>(userIds));
    List<RedisCommand<RedisReply>> commands = new ArrayList<>(2 * each.size());
    for (String userId : each) {
      commands.add(RedisCommand.of("EXISTS", reply -> reply, RedisPresenceKeys.user(userId)));
      commands.add(metadata(userId));
    }
    return redis.sendAll(commands).thenApply(replies -> {
      Map<String, Status> found = new ConcurrentHashMap<>();
      for (int i = 0; i < each.size(); i++) {
        boolean isOnline = replies.get(2 * i).number() == 1;
        found.put(each.get(i), status(each.get(i), isOnline, replies.get(2 * i + 1), now));
      }
      return userIds.stream().map(found::get).toList();
    });
  }

  /** Everybody who is online, by user. */
  CompletionStage<Map<String, Status>> online(long now) {
    Map<String, Status> found = new ConcurrentHashMap<>();
    return redis.scan(RedisPresenceKeys.USER + "*", keys -> {
      List<String> userIds = keys.stream().map(key -> key.substring(RedisPresenceKeys.USER.length())).toList();
      return redis.sendAll(userIds.stream().map(RedisPresenceReader::metadata).toList()).thenAccept(replies -> {
        for (int i = 0; i < userIds.size(); i++) {
          found.put(userIds.get(i), status(userIds.get(i), true, replies.get(i), now));
        }
      });
    }).thenApply(_ -> found);
  }

  /** Those among these users whose key is not there. */
  CompletionStage<Set<String>> missing(List<String> userIds) {
    if (userIds.isEmpty()) {
      return CompletableFuture.completedFuture(Set.of());
    }
    List<String> keys = userIds.stream().map(RedisPresenceKeys::user).toList();
    CompletionStage<List<Boolean>> present = redis.isCluster() ? redis.sendAll(keys.stream().map(RedisCommand::exists).toList())
        : redis.send(RedisCommand.of("MGET", reply -> reply.items().stream().map(item -> !item.isNil()).toList(), keys.getFirst(), keys.subList(1, keys.size()).toArray()));
    return present.thenApply(flags -> {
      Set<String> missing = new HashSet<>();
      for (int i = 0; i < userIds.size(); i++) {
        if (!flags.get(i)) {
          missing.add(userIds.get(i));
        }
      }
      return missing;
    });
  }

  private static RedisCommand<RedisReply> metadata(String userId) {
    return RedisCommand.of("HMGET", reply -> reply, RedisPresenceKeys.meta(userId), FIELDS);
  }

  private static Status status(String userId, boolean isOnline, RedisReply metadata, long now) {
    List<RedisReply> fields = metadata.items();
    long lastSeen = fields.getFirst().text().map(RedisPresenceReader::millis).orElse(0L);
    Optional<String> deviceId = fields.get(1).text().filter(device -> !device.isEmpty());
    if (isOnline) {
      return new Status(userId, true, lastSeen > 0 ? lastSeen : now, deviceId);
    }
    return lastSeen > 0 ? new Status(userId, false, lastSeen, deviceId) : Status.unknown(userId);
  }

  /** Servers of other makes write what they like. */
  private static long millis(String text) {
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
