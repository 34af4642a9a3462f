package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisReply;
import dev.roost.cluster.RedisScript;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The steps where both keys of a user are on one server: each is one script, so it happens as a whole or not at all, in one round trip, and the channels hear of changes in the order in which they happened. */
final class RedisServerKeys implements RedisPresenceKeys {
  /**
   * KEYS: the user's key, the user's metadata. ARGV: user id, now, TTL in ms, and for a session its token, order and device. Servers of other makes write neither {@code roostConn} nor {@code roostTs}.
   */
  private static final String COMMON = """
      local conn = redis.call('HGET', KEYS[2], 'roostConn')
      local known = conn and tonumber(string.match(conn, '^(%d+):')) or 0

      local function number(field)
        return string.match(redis.call('HGET', KEYS[2], field) or '', '^%d+$')
      end

      -- Timestamps of a user's changes grow, whatever the clocks of the servers say.
      local function stamp()
        return string.format('%.0f', math.max(tonumber(ARGV[2]), (tonumber(number('roostTs')) or 0) + 1))
      end

      local function tell(status, timestamp, seen, device, role)
        local json = '{"type":"presence_update","userId":' .. cjson.encode(ARGV[1]) .. ',"status":"' .. status .. '","timestamp":' .. timestamp .. ',"lastSeen":' .. seen
        if device and device ~= '' then json = json .. ',"deviceId":' .. cjson.encode(device) end
        if role then json = json .. ',"role":' .. cjson.encode(role) end
        json = json .. '}'
        redis.call('PUBLISH', 'presence:' .. status, json)
        redis.call('PUBLISH', 'presence:updates', json)
      end

      local function set_online(is_news)
        redis.call('SET', KEYS[1], '1', 'PX', ARGV[3])
        if not is_news then
          -- Of several devices the one that has logged in last is shown, whichever beats.
          redis.call('HSET', KEYS[2], 'status', 'online', 'lastSeen', ARGV[2], 'role', 'mobile', 'roostConn', ARGV[4])
          redis.call('HSETNX', KEYS[2], 'deviceId', ARGV[6])
          return
        end
        local timestamp = stamp()
        redis.call('HSET', KEYS[2], 'status', 'online', 'lastSeen', ARGV[2], 'deviceId', ARGV[6], 'role', 'mobile', 'roostConn', ARGV[4], 'roostTs', timestamp)
        tell('online', timestamp, ARGV[2], ARGV[6], 'mobile')
      end

      local function set_offline(seen)
        local timestamp = stamp()
        redis.call('HSET', KEYS[2], 'status', 'offline', 'lastSeen', seen, 'roostTs', timestamp)
        tell('offline', timestamp, seen, redis.call('HGET', KEYS[2], 'deviceId'), redis.call('HGET', KEYS[2], 'role'))
      end
      """;

  private static final RedisScript<Boolean> SET_ONLINE = script("""
      local order = tonumber(ARGV[5])
      if order < known and (order > 0 or redis.call('EXISTS', KEYS[1]) == 1) then return 0 end
      set_online(true)
      return 1
      """);

  /** A key of somebody whom a server of another make has just called offline tells of the change, too. */
  private static final String BEAT = """
      set_online(redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HGET', KEYS[2], 'status') == 'offline')
      return 1
      """;

  private static final RedisScript<Boolean> HEARTBEAT = script(BEAT);

  private static final RedisScript<Boolean> DEFEND = script("if conn and conn ~= ARGV[4] and known >= tonumber(ARGV[5]) then return 0 end\n" + BEAT);

  /** Nobody hears twice that a user is offline, who may have been it for long while the socket was open. */
  private static final RedisScript<Boolean> SET_OFFLINE = script("""
      if conn and conn ~= ARGV[4] then return 0 end
      local was_there = redis.call('DEL', KEYS[1])
      if was_there == 0 and redis.call('HGET', KEYS[2], 'status') == 'offline' then
        redis.call('HSET', KEYS[2], 'lastSeen', ARGV[2])
        return 0
      end
      set_offline(ARGV[2])
      return 1
      """);

  private static final RedisScript<Ending> EXPIRED = new RedisScript<>(COMMON + """
      if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
      if redis.call('HGET', KEYS[2], 'status') ~= 'online' then return 2 end
      set_offline(number('lastSeen') or ARGV[2])
      return 1
      """, reply -> Ending.values()[(int) reply.number()]);

  private final Redis redis;
  private final Duration ttl;

  RedisServerKeys(Redis redis, Duration ttl) {
    this.redis = redis;
    this.ttl = ttl;
  }

  @Override
  public CompletionStage<Boolean> online(Presence.Session session, long now) {
    return send(SET_ONLINE, session, now);
  }

  @Override
  public CompletionStage<?> heartbeat(Presence.Session session, long now) {
    return send(HEARTBEAT, session, now);
  }

  @Override
  public CompletionStage<?> defend(Presence.Session session, long now) {
    return send(DEFEND, session, now);
  }

  @Override
  public CompletionStage<?> offline(Presence.Session session, long now) {
    return send(SET_OFFLINE, session, now);
  }

  @Override
  public CompletionStage<Ending> expired(String userId, long now) {
    return redis.send(EXPIRED.with(keys(userId), userId, now, ttl.toMillis()));
  }

  private CompletionStage<Boolean> send(RedisScript<Boolean> script, Presence.Session session, long now) {
    RedisCommand<Boolean> command = script.with(keys(session.userId()), session.userId(), now, ttl.toMillis(), session.token(), session.order(), session.deviceId());
    return redis.send(command);
  }

  private static List<String> keys(String userId) {
    return List.of(RedisPresenceKeys.user(userId), RedisPresenceKeys.meta(userId));
  }

  private static RedisScript<Boolean> script(String text) {
    return new RedisScript<>(COMMON + text, (RedisReply reply) -> reply.number() == 1);
  }
}
