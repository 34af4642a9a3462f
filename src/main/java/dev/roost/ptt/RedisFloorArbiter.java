package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisReply;
import dev.roost.cluster.RedisScript;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The floors of all servers that share a Redis: a hash {@code roost:ptt:floor:<groupId>} with the holder, the order of its grant (microseconds of the clock of Redis,
 * or one more than the last) and, by that clock alone, the times of its start and its last audio. A verdict is one script, so of many who ask at once one
 * is granted. Without Redis the verdict is {@code UNDECIDED}, after a second at the latest.
 *
 * <p>Audio is written when it begins and then at most every fifth of a second, or tenth of the idle limit if that is less, each time with its true age: another server decides by a time that is at most so much too old while somebody
 * speaks, and right when nobody does. A floor that Redis has lost while its holder spoke on is written again with the next audio.
 */
final class RedisFloorArbiter implements FloorArbiter {
  private static final String PREFIX = "roost:ptt:floor:";
  private static final Duration LONGEST_INTERVAL = Duration.ofMillis(200);

  /** Arguments: user, connection, idle limit, busy limit. Whether the floor is granted, the order of the grant that counts from now on, and whose it is if it is that of another. */
  private static final RedisScript<Verdict> ACQUIRE = new RedisScript<>("""
      local floor = redis.call('HMGET', KEYS[1], 'user', 'start', 'audio', 'order')
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local idle = now - (tonumber(floor[3]) or 0)
      local busy = now - (tonumber(floor[2]) or 0)
      if floor[1] and floor[1] ~= ARGV[1] and idle < tonumber(ARGV[3]) and busy < tonumber(ARGV[4]) then
        return {0, tonumber(floor[4]) or 0, floor[1]}
      end
      local order = math.max(time[1] * 1000000 + time[2], (tonumber(floor[4]) or 0) + 1)
      redis.call('HSET', KEYS[1], 'user', ARGV[1], 'connection', ARGV[2], 'start', now, 'audio', now, 'order', string.format('%.0f', order))
      redis.call('PEXPIRE', KEYS[1], ARGV[4])
      return {1, order}
      """, RedisFloorArbiter::verdict);

  /** Arguments: user, connection, age of the audio, age of the start, busy limit, order of the grant. Whether the connection holds the floor. */
  private static final RedisScript<Boolean> SPEAK = new RedisScript<>("""
      local floor = redis.call('HMGET', KEYS[1], 'connection', 'audio', 'order')
      local time = redis.call('TIME')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local audio = now - ARGV[3]
      if floor[1] == ARGV[2] then
        if audio > (tonumber(floor[2]) or 0) then
          redis.call('HSET', KEYS[1], 'audio', audio)
        end
        return 1
      end
      local left = ARGV[5] - ARGV[4]
      local order = tonumber(ARGV[6])
      local last = tonumber(floor[3]) or 0
      if floor[1] or left <= 0 or order > 0 and last > order then
        return 0
      end
      redis.call('HSET', KEYS[1], 'user', ARGV[1], 'connection', ARGV[2], 'start', now - ARGV[4], 'audio', audio, 'order', string.format('%.0f', math.max(order, last)))
      redis.call('PEXPIRE', KEYS[1], left)
      return 1
      """, reply -> reply.number() == 1);

  /** The order stays for a while, so that the next is greater though the clock may be set back. */
  private static final RedisScript<Boolean> RELEASE = new RedisScript<>("""
      if redis.call('HGET', KEYS[1], 'connection') == ARGV[1] then
        redis.call('HDEL', KEYS[1], 'user', 'connection', 'start', 'audio')
        return 1
      end
      return 0
      """, reply -> reply.number() == 1);

  private final Loop loop;
  private final Redis redis;
  private final Duration idle;
  private final Duration busy;
  private final Duration interval;
  /** Those that connections of this server hold or have asked for; each for the busy limit at most. */
  private final Map<Place, Turn> turns = new HashMap<>();

  /**
   * @param idle {@code MAXIMUM_IDLE_DURATION}
   * @param busy {@code GROUP_BUSY_TIMEOUT}
   */
  RedisFloorArbiter(Loop loop, Redis redis, Duration idle, Duration busy) {
    this.loop = loop;
    this.redis = redis;
    this.idle = idle;
    this.busy = busy;
    Duration tenth = idle.dividedBy(10);
    interval = tenth.compareTo(LONGEST_INTERVAL) < 0 ? tenth : LONGEST_INTERVAL;
  }

  @Override
  public void acquire(String groupId, String userId, String connection, Consumer<Verdict> verdict) {
    Turn turn = begin(new Place(groupId, connection), userId);
    redis.send(ACQUIRE.with(List.of(PREFIX + groupId), userId, connection, idle.toMillis(), busy.toMillis())).whenComplete((decided, failure) -> loop.execute(() -> {
      if (failure != null) {
        // It may be carried out yet, though nobody will know: whoever holds the floor by a decision of this server takes it again with the first audio.
        redis.send(RELEASE.with(List.of(PREFIX + groupId), connection));
        verdict.accept(new Undecided());
        return;
      }
      if (decided instanceof Granted(long order)) {
        turn.order = order;
      } else {
        turn.end();
      }
      verdict.accept(decided);
    }));
  }

  private static Verdict verdict(RedisReply reply) {
    List<RedisReply> items = reply.items();
    long order = items.get(1).number();
    return items.get(0).number() == 1 ? new Granted(order) : new Busy(items.get(2).text().orElse(""), order);
  }

  private Turn begin(Place place, String userId) {
    Turn before = turns.get(place);
    if (before != null) {
      before.end();
    }
    Turn turn = new Turn(place, userId);
    turns.put(place, turn);
    return turn;
  }

  @Override
  public void spoke(String groupId, String connection) {
    Turn turn = turns.get(new Place(groupId, connection));
    if (turn != null) {
      turn.spoke();
    }
  }

  @Override
  public void release(String groupId, String connection) {
    Turn turn = turns.get(new Place(groupId, connection));
    if (turn != null) {
      turn.end();
      redis.send(RELEASE.with(List.of(PREFIX + groupId), connection));
    }
  }

  /** How many floors connections of this server may hold. */
  int turns() {
    return turns.size();
  }

  private record Place(String groupId, String connection) {}

  /** What one connection says in one group, from its acquisition on. */
  private final class Turn {
    private final Place place;
    private final String userId;
    private final long start = loop.nanos();
    private final Loop.Cancellable expiry = loop.after(busy, this::end);
    private long order = Floor.UNORDERED;
    private long lastAudio;
    /** Whether a write is under way, or was a short time ago. */
    private boolean isPaused;
    private boolean isUnwritten;
    private boolean isOver;

    Turn(Place place, String userId) {
      this.place = place;
      this.userId = userId;
    }

    void spoke() {
      lastAudio = loop.nanos();
      isUnwritten = true;
      if (!isPaused) {
        write();
      }
    }

    private void write() {
      isPaused = true;
      isUnwritten = false;
      long now = loop.nanos();
      redis.send(SPEAK.with(List.of(PREFIX + place.groupId), userId, place.connection, millis(now - lastAudio), millis(now - start), busy.toMillis(), order))
          .whenComplete((isHolder, failure) -> loop.execute(() -> written(failure != null || isHolder)));
    }

    private void written(boolean mayBeHolder) {
      if (mayBeHolder) {
        loop.after(interval, this::resume);
      } else {
        end();
      }
    }

    private void resume() {
      isPaused = false;
      if (isUnwritten && !isOver) {
        write();
      }
    }

    void end() {
      isOver = true;
      expiry.cancel();
      turns.remove(place, this);
    }

    /** Rounded up: who waits for the idle limit is not told to wait for the rest of a millisecond, too. */
    private static long millis(long nanos) {
      return Math.ceilDiv(nanos, 1_000_000L);
    }
  }
}
