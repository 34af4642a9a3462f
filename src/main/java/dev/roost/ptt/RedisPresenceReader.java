package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisFailure;
import dev.roost.cluster.RedisReply;
import dev.roost.cluster.RedisScript;
import dev.roost.core.CleanText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Reads what is known of users, many in one round trip. Any thread; answers on threads of the library. */
final class RedisPresenceReader {
  private static final Object[] FIELDS = {"lastSeen", "deviceId"};
  private static final RedisReply NIL = new RedisReply(null);
  private static final List<RedisReply> NOTHING = List.of(NIL, NIL);
  private static final int MAX_USER_ID = 128;


  /** KEYS: of each user the key and the metadata. For each whether the key is there, and two fields; none, where somebody keeps another kind of value. */
  private static final RedisScript<List<RedisReply>> READ = new RedisScript<>("""
      local found = {}
      for i = 1, #KEYS, 2 do
        local fields = redis.pcall('HMGET', KEYS[i + 1], 'lastSeen', 'deviceId')
        found[#found + 1] = redis.call('EXISTS', KEYS[i])
        found[#found + 1] = fields[1] or false
        found[#found + 1] = fields[2] or false
      end
      return found
      """, RedisReply::items);

  private final Redis redis;

  /** What Redis knows of a user. */
  private record Known(boolean isOnline, Optional<String> lastSeen, Optional<String> deviceId) {}

  RedisPresenceReader(Redis redis) {
    this.redis = redis;
  }

  /** The status of each of these users, in this order, in one round trip. */
  CompletionStage<List<Status>> statuses(List<String> userIds, long now) {
    List<String> each = List.copyOf(new LinkedHashSet<>(userIds));
    return read(each).thenApply(known -> {
      Map<String, Status> found = HashMap.newHashMap(each.size());
      for (int i = 0; i < each.size(); i++) {
        found.put(each.get(i), status(each.get(i), known.get(i), now));
      }
      return userIds.stream().map(found::get).toList();
    });
  }

  /** Everybody who is online, by user. */
  CompletionStage<Map<String, Status>> online(long now) {
    Map<String, Status> found = new ConcurrentHashMap<>();
    return redis.scan(RedisPresenceKeys.USER + "*", keys -> {
      List<String> userIds = keys.stream().map(key -> key.substring(RedisPresenceKeys.USER.length())).filter(userId -> CleanText.isId(userId, MAX_USER_ID)).toList();
      return read(userIds).thenAccept(known -> {
        for (int i = 0; i < userIds.size(); i++) {
          if (known.get(i).isOnline()) {
            found.put(userIds.get(i), status(userIds.get(i), known.get(i), now));
          }
        }
      });
    }).thenApply(_ -> found);
  }

  private CompletionStage<List<Known>> read(List<String> userIds) {
    if (userIds.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return redis.isCluster() ? readEach(userIds) : readTogether(userIds);
  }

  private CompletionStage<List<Known>> readTogether(List<String> userIds) {
    List<String> keys = userIds.stream().flatMap(userId -> Stream.of(RedisPresenceKeys.user(userId), RedisPresenceKeys.meta(userId))).toList();
    return redis.send(READ.with(keys)).thenApply(replies -> {
      List<Known> known = new ArrayList<>(userIds.size());
      for (int i = 0; i < replies.size(); i += 3) {
        known.add(new Known(replies.get(i).number() == 1, replies.get(i + 1).text(), replies.get(i + 2).text()));
      }
      return known;
    });
  }

  /** The keys of a cluster are on several servers. */
  private CompletionStage<List<Known>> readEach(List<String> userIds) {
    List<RedisCommand<RedisReply>> commands = new ArrayList<>(2 * userIds.size());
    for (String userId : userIds) {
      commands.add(RedisCommand.of("EXISTS", reply -> reply, RedisPresenceKeys.user(userId)));
      commands.add(RedisCommand.of("HMGET", reply -> reply, RedisPresenceKeys.meta(userId), FIELDS));
    }
    return redis.sendAll(commands).exceptionallyCompose(failure -> isRefusal(failure) ? sendEach(commands) : CompletableFuture.failedFuture(failure)).thenApply(replies -> {
      List<Known> known = new ArrayList<>(userIds.size());
      for (int i = 0; i < replies.size(); i += 2) {
        List<RedisReply> fields = replies.get(i + 1).isNil() ? NOTHING : replies.get(i + 1).items();
        known.add(new Known(replies.get(i).number() == 1, fields.getFirst().text(), fields.get(1).text()));
      }
      return known;
    });
  }

  /** Each by itself: a command that Redis refuses, because somebody keeps another kind of value there, leaves the others alone. */
  private CompletionStage<List<RedisReply>> sendEach(List<RedisCommand<RedisReply>> commands) {
    List<CompletableFuture<RedisReply>> replies = commands.stream().map(command -> redis.send(command)
        .exceptionallyCompose(failure -> isRefusal(failure) ? CompletableFuture.completedFuture(NIL) : CompletableFuture.failedFuture(failure)).toCompletableFuture()).toList();
    return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new)).thenApply(_ -> replies.stream().map(CompletableFuture::join).toList());
  }

  private static boolean isRefusal(Throwable failure) {
    return (failure instanceof CompletionException ? failure.getCause() : failure) instanceof RedisFailure known && known.isRefusal();
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

  private static Status status(String userId, Known known, long now) {
    long lastSeen = known.lastSeen().map(RedisPresenceReader::millis).orElse(0L);
    Optional<String> deviceId = known.deviceId().filter(device -> !device.isEmpty());
    if (known.isOnline()) {
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
