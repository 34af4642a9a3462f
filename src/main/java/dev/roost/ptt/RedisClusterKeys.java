package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisReply;
import dev.roost.cluster.RedisScript;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The steps in a cluster, where the two keys of a user are on different servers, so that no script can change both. The metadata decide: what counts is who changed them, in one script; the key follows, and whoever may have met
 * somebody else on the way looks again and puts it right:
 *
 * <ul>
 *   <li>SET-ONLINE, HEARTBEAT: set the key, then the metadata, then publish. In this order, because EXPIRED between the two finds the key and stops. If the metadata refuse the session, the key is taken away again, unless they say that the
 *       user is online.
 *   <li>SET-OFFLINE: change the metadata if the session is still the one in them, publish, delete the key; if the metadata say online by now, somebody came in between and set the key before it was deleted: it is set again.
 *   <li>EXPIRED: look for the key, change the metadata if they say online, look for the key again; if it is there, somebody came in between: the metadata are changed back, unless that was done already, and nothing is published.
 * </ul>
 *
 * <p>Between two such steps another server may see the one key without the other for some milliseconds. If this server dies there, the other servers find out at their next sweep, or the key ends by itself. Timestamps come from the metadata, so
 * readers can put messages in order that came over different servers. What one server does with one user, it does in turn.
 */
final class RedisClusterKeys implements RedisPresenceKeys {
  private static final Optional<String> ROLE = Optional.of("mobile");

  /** KEYS: the metadata. ARGV: now, and for a session its token, order, device, and whether the key was there (1 or 0). An answer is empty, or what is to be published. */
  private static final String COMMON = """
      local conn = redis.call('HGET', KEYS[1], 'roostConn')
      local known = conn and tonumber(string.match(conn, '^(%d+):')) or 0
      local status = redis.call('HGET', KEYS[1], 'status')

      local function number(field)
        return string.match(redis.call('HGET', KEYS[1], field) or '', '^%d+$')
      end

      local function stamp()
        return string.format('%.0f', math.max(tonumber(ARGV[1]), (tonumber(number('roostTs')) or 0) + 1))
      end

      local function set_online(is_news)
        local timestamp = is_news and stamp() or number('roostTs') or '0'
        redis.call('HSET', KEYS[1], 'status', 'online', 'lastSeen', ARGV[1], 'deviceId', ARGV[4], 'role', 'mobile', 'roostConn', ARGV[2], 'roostTs', timestamp)
        return is_news and {timestamp, ARGV[1], ARGV[4], 'mobile'} or {}
      end

      local function set_offline(seen)
        local timestamp = stamp()
        redis.call('HSET', KEYS[1], 'status', 'offline', 'lastSeen', seen, 'roostTs', timestamp)
        return {timestamp, seen, redis.call('HGET', KEYS[1], 'deviceId') or '', redis.call('HGET', KEYS[1], 'role') or ''}
      end
      """;

  private static final RedisScript<Optional<News>> SET_ONLINE = script("""
      local order = tonumber(ARGV[3])
      if order < known and (order > 0 or ARGV[5] == '1') then return {} end
      return set_online(true)
      """);

  private static final RedisScript<Optional<News>> HEARTBEAT = script("return set_online(ARGV[5] == '0' or status == 'offline')");

  private static final RedisScript<Boolean> MAY_DEFEND = new RedisScript<>(COMMON + "if conn and conn ~= ARGV[2] and known >= tonumber(ARGV[3]) then return 0 end\nreturn 1", reply -> reply.number() == 1);

  /** Answers nil if the user is elsewhere by now. */
  private static final RedisScript<Optional<Optional<News>>> SET_OFFLINE = new RedisScript<>(COMMON + """
      if conn and conn ~= ARGV[2] then return false end
      if status == 'offline' then
        redis.call('HSET', KEYS[1], 'lastSeen', ARGV[1])
        return {}
      end
      return set_offline(ARGV[1])
      """, reply -> reply.isNil() ? Optional.empty() : Optional.of(News.of(reply)));

  private static final RedisScript<Optional<News>> EXPIRED = script("""
      if status ~= 'online' then return {} end
      return set_offline(number('lastSeen') or ARGV[1])
      """);

  /** ARGV: the timestamp of the change that is to be undone. */
  private static final RedisScript<Boolean> UNDO_EXPIRED = new RedisScript<>("""
      if redis.call('HGET', KEYS[1], 'roostTs') == ARGV[1] and redis.call('HGET', KEYS[1], 'status') == 'offline' then
        redis.call('HSET', KEYS[1], 'status', 'online')
        return 1
      end
      return 0
      """, reply -> reply.number() == 1);

  /** Both channels from one server: from there everything comes to everybody in the same order. */
  private static final RedisScript<Void> PUBLISH = new RedisScript<>("""
      redis.call('PUBLISH', ARGV[1], ARGV[2])
      redis.call('PUBLISH', KEYS[1], ARGV[2])
      return 1
      """, _ -> null);

  private static final CompletionStage<Void> NOTHING = CompletableFuture.completedFuture(null);

  private final Redis redis;
  private final Duration ttl;
  private final InTurn turns = new InTurn();

  /** What is to be published of a change. */
  private record News(long timestamp, long lastSeen, Optional<String> deviceId, Optional<String> role) {

    static Optional<News> of(RedisReply reply) {
      List<RedisReply> parts = reply.items();
      return parts.isEmpty() ? Optional.empty() : Optional.of(new News(parts.get(0).number(), parts.get(1).number(), text(parts.get(2)), text(parts.get(3))));
    }

    private static Optional<String> text(RedisReply reply) {
      return reply.text().filter(text -> !text.isEmpty());
    }
  }

  RedisClusterKeys(Redis redis, Duration ttl) {
    this.redis = redis;
    this.ttl = ttl;
  }

  @Override
  public CompletionStage<Boolean> online(Presence.Session session, long now) {
    String userId = session.userId();
    return turns.next(userId, () -> setKey(userId).thenCompose(wasThere -> redis.send(script(SET_ONLINE, session, now, wasThere)).thenCompose(news -> {
      if (news.isPresent()) {
        return publish(userId, true, news.get()).thenApply(_ -> true);
      }
      return wasThere ? CompletableFuture.completedFuture(false) : deleteUnlessOnline(userId).thenApply(_ -> false);
    })));
  }

  @Override
  public CompletionStage<?> heartbeat(Presence.Session session, long now) {
    return turns.next(session.userId(), () -> beat(session, now));
  }

  private CompletionStage<Void> beat(Presence.Session session, long now) {
    return setKey(session.userId()).thenCompose(wasThere -> redis.send(script(HEARTBEAT, session, now, wasThere))).thenCompose(news -> news.isEmpty() ? NOTHING : publish(session.userId(), true, news.get()));
  }

  @Override
  public CompletionStage<?> defend(Presence.Session session, long now) {
    return turns.next(session.userId(), () -> redis.send(script(MAY_DEFEND, session, now, false)).thenCompose(isAllowed -> isAllowed ? beat(session, now) : NOTHING));
  }

  @Override
  public CompletionStage<?> offline(Presence.Session session, long now) {
    String userId = session.userId();
    return turns.next(userId, () -> redis.send(script(SET_OFFLINE, session, now, false)).thenCompose(outcome -> {
      if (outcome.isEmpty()) {
        return NOTHING;
      }
      CompletionStage<Void> told = outcome.get().isEmpty() ? NOTHING : publish(userId, false, outcome.get().get());
      return told.thenCompose(_ -> deleteUnlessOnline(userId));
    }));
  }

  @Override
  public CompletionStage<Ending> expired(String userId, long now) {
    String key = RedisPresenceKeys.user(userId);
    return turns.next(userId, () -> redis.send(RedisCommand.exists(key)).thenCompose(isThere -> {
      if (isThere) {
        return CompletableFuture.completedFuture(Ending.NONE);
      }
      return redis.send(EXPIRED.with(List.of(RedisPresenceKeys.meta(userId)), now)).thenCompose(news -> news.isEmpty() ? CompletableFuture.completedFuture(Ending.KNOWN)
          : redis.send(RedisCommand.exists(key)).thenCompose(cameBack -> cameBack ? undo(userId, news.get()) : publish(userId, false, news.get()).thenApply(_ -> Ending.NOTICED)));
    }));
  }

  private CompletionStage<Ending> undo(String userId, News news) {
    return redis.send(UNDO_EXPIRED.with(List.of(RedisPresenceKeys.meta(userId)), news.timestamp())).thenApply(_ -> Ending.NONE);
  }

  /** Hears whether the key was there before. */
  private CompletionStage<Boolean> setKey(String userId) {
    return redis.send(RedisCommand.of("SET", reply -> !reply.isNil(), RedisPresenceKeys.user(userId), "1", "PX", ttl.toMillis(), "GET"));
  }

  private CompletionStage<Void> deleteUnlessOnline(String userId) {
    String key = RedisPresenceKeys.user(userId);
    return redis.send(RedisCommand.delete(key)).thenCompose(_ -> redis.send(RedisCommand.hashGet(RedisPresenceKeys.meta(userId), "status")))
        .thenCompose(status -> status.filter("online"::equals).isPresent() ? redis.send(RedisCommand.set(key, "1", ttl)) : NOTHING);
  }

  private CompletionStage<Void> publish(String userId, boolean isOnline, News news) {
    byte[] message = UpdateCodec.write(userId, isOnline, news.timestamp(), news.lastSeen(), news.deviceId(), isOnline ? ROLE : news.role());
    return redis.send(PUBLISH.with(List.of(CHANNEL_ALL), isOnline ? CHANNEL_ONLINE : CHANNEL_OFFLINE, message));
  }

  private static <T> RedisCommand<T> script(RedisScript<T> script, Presence.Session session, long now, boolean wasThere) {
    return script.with(List.of(RedisPresenceKeys.meta(session.userId())), now, session.token(), session.order(), session.deviceId(), wasThere ? 1 : 0);
  }

  private static RedisScript<Optional<News>> script(String text) {
    return new RedisScript<>(COMMON + text, News::of);
  }
}
