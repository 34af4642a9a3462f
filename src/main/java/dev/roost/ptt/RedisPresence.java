package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Presence that servers share through Redis (section 2.7), also with servers of other makes. Whatever changes is told because it was published, here or elsewhere: so all servers tell the same in the same order.
 *
 * <p>A user whose session is alive here, and whom somebody else calls offline, is set online again, once until that session is heard of again: servers of other makes call a user offline when any connection of that user closes.
 */
final class RedisPresence implements Presence {
  private static final Logger log = LoggerFactory.getLogger(RedisPresence.class);

  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final Loop loop;
  private final Redis redis;
  private final Duration ttl;
  private final Duration snapshotCache;
  private final Listener listener;
  private final RedisPresenceKeys keys;
  private final RedisPresenceReader reader;
  private final RedisSweep sweep;
  private final RedisAnswers answers;
  private final RecentUpdates recent;
  private final OwnSessions own;
  private final OnlineView view = new OnlineView();
  private final List<CompletableFuture<Snapshot>> waiting = new ArrayList<>();
  /** When the view was last read as a whole; nothing told since is missing in it. */
  private Optional<Long> scannedNanos = Optional.empty();
  private boolean isScanning;
  /** How long nobody scans after the last failure; longer with every one. */
  private Duration pause = Duration.ZERO;
  /** Why the last scan failed, until the next may begin. */
  private Optional<Throwable> trouble = Optional.empty();
  private Loop.Cancellable nextScan = Loop.Cancellable.NONE;
  /** Grows whenever updates may have been missed: a scan that began before does not count. */
  private int interruptions;
  private long expired;

  /**
   * Begins to hear what is published.
   *
   * @param ttl how long a user is online without a heartbeat
   * @param snapshotCache how old a snapshot may be, apart from what was told since
   * @param sweep how often users believed online are looked for, in case nobody tells of their end
   */
  RedisPresence(Loop loop, Redis redis, Duration ttl, Duration snapshotCache, Duration sweep, Listener listener) {
    this.loop = loop;
    this.redis = redis;
    this.ttl = ttl;
    this.snapshotCache = snapshotCache;
    this.listener = listener;
    keys = redis.isCluster() ? new RedisClusterKeys(redis, ttl) : new RedisServerKeys(redis, ttl);
    reader = new RedisPresenceReader(redis);
    answers = new RedisAnswers(loop, "Presence in Redis");
    recent = new RecentUpdates(redis.isCluster());
    own = new OwnSessions(ttl);
    this.sweep = new RedisSweep(loop, reader, keys, view, answers, fromSweep());
    new RedisUpdates(loop, redis, fromOthers());
    redis.addListener(fromRedis());
    this.sweep.start(sweep);
  }

  private RedisSweep.Listener fromSweep() {
    return new RedisSweep.Listener() {
      @Override
      public void expired() {
        expired++;
      }

      @Override
      public void vanished(String userId) {
        endUntold(userId);
      }
    };
  }

  private RedisUpdates.Listener fromOthers() {
    return new RedisUpdates.Listener() {
      @Override
      public void heard(UpdateCodec.Published published, long receivedNanos) {
        RedisPresence.this.heard(published, receivedNanos);
      }

      @Override
      public void expired(String userId) {
        sweep.check(userId);
      }

      @Override
      public void missed() {
        interrupted();
        listener.recovered();
      }
    };
  }

  private Redis.Listener fromRedis() {
    return new Redis.Listener() {
      @Override
      public void lost() {
        loop.execute(RedisPresence.this::lost);
      }

      @Override
      public void recovered() {
        loop.execute(RedisPresence.this::recovered);
      }
    };
  }

  @Override
  public void online(Session session) {
    own.alive(session, loop.nanos());
    answers.take(keys.online(session, now()), isTaken -> {
      if (!isTaken) {
        own.ended(session);
      }
    });
  }

  @Override
  public void heartbeat(Session session, Consumer<Boolean> written) {
    boolean isCalledOffline = own.isCalledOffline(session.userId());
    own.alive(session, loop.nanos());
    long now = now();
    CompletionStage<?> beat = isCalledOffline ? insist(session, now) : keys.heartbeat(session, now);
    answers.take(beat, _ -> {
      view.seen(session.userId(), now);
      written.accept(true);
    }, _ -> written.accept(false));
  }

  /** A heartbeat that is told, though it finds the user online. */
  private CompletionStage<?> insist(Session session, long now) {
    return keys.online(session, now).thenCompose(counts -> counts ? CompletableFuture.<Object>completedFuture(counts) : keys.heartbeat(session, now).thenApply(done -> done));
  }

  @Override
  public void extend(Session session) {
    answers.take(redis.send(RedisCommand.expire(RedisPresenceKeys.user(session.userId()), ttl)), _ -> {});
  }

  @Override
  public void offline(Session session) {
    own.ended(session);
    answers.take(keys.offline(session, now()), _ -> {});
  }

  @Override
  public CompletionStage<List<Status>> statuses(List<String> userIds) {
    CompletableFuture<List<Status>> statuses = new CompletableFuture<>();
    answers.take(reader.statuses(userIds, now()), statuses::complete, statuses::completeExceptionally);
    return statuses;
  }

  @Override
  public CompletionStage<Snapshot> snapshot() {
    if (scannedNanos.isPresent() && loop.nanos() - scannedNanos.get() < snapshotCache.toNanos()) {
      return CompletableFuture.completedFuture(view.snapshot(now()));
    }
    if (trouble.isPresent()) {
      return CompletableFuture.failedFuture(trouble.get());
    }
    CompletableFuture<Snapshot> snapshot = new CompletableFuture<>();
    waiting.add(snapshot);
    scan();
    return snapshot;
  }

  @Override
  public long online() {
    return view.size();
  }

  @Override
  public long expired() {
    return expired;
  }

  /** One scan for all who wait. */
  private void scan() {
    if (isScanning) {
      return;
    }
    isScanning = true;
    view.scanBegins();
    int begun = interruptions;
    answers.take(reader.online(now()), found -> scanned(found, begun), this::scanFailed);
  }

  /** It is tried again, whoever waits, after a pause in which nobody else tries: Redis may have failed because it has too much to do. */
  private void scanFailed(Throwable failure) {
    isScanning = false;
    view.scanFailed();
    pause = pause.isZero() ? SHORTEST_PAUSE : pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    trouble = Optional.of(failure);
    nextScan.cancel();
    nextScan = loop.after(pause, () -> {
      trouble = Optional.empty();
      scan();
    });
    List<CompletableFuture<Snapshot>> disappointed = List.copyOf(waiting);
    waiting.clear();
    disappointed.forEach(snapshot -> snapshot.completeExceptionally(failure));
  }

  private void endPause() {
    pause = Duration.ZERO;
    trouble = Optional.empty();
    nextScan.cancel();
  }

  private void scanned(Map<String, Status> found, int begun) {
    isScanning = false;
    if (begun != interruptions) {
      view.scanFailed();
      scan();
      return;
    }
    endPause();
    view.scanEnds(found);
    scannedNanos = Optional.of(loop.nanos());
    Snapshot snapshot = view.snapshot(now());
    List<CompletableFuture<Snapshot>> served = List.copyOf(waiting);
    waiting.clear();
    served.forEach(waiter -> waiter.complete(snapshot));
  }

  private void heard(UpdateCodec.Published published, long receivedNanos) {
    String userId = published.userId();
    if (published.timestamp().isPresent() && !recent.isNews(userId, published.isOnline(), published.timestamp().getAsLong(), loop.nanos())) {
      return;
    }
    Update update = published.toUpdate(now(), receivedNanos);
    view.apply(update);
    sweep.heard(userId);
    listener.changed(update);
    if (!update.isOnline()) {
      own.toDefend(userId, loop.nanos()).ifPresent(session -> answers.take(keys.defend(session, now()), _ -> {}));
    }
  }

  /** Somebody is gone, and nobody is going to publish it: the key was made by hand, or a message was lost. */
  private void endUntold(String userId) {
    Status known = view.end(userId);
    listener.changed(new Update(userId, false, now(), known.lastSeen() > 0 ? known.lastSeen() : now(), known.deviceId(), Optional.empty(), loop.nanos()));
  }

  private void lost() {
    interrupted();
    listener.lost();
  }

  private void recovered() {
    interrupted();
    answers.take(redis.enableExpiryEvents(), isEnabled -> {
      if (!isEnabled) {
        log.warn("Redis refuses to set notify-keyspace-events, or to tell what it is set to: unless it has E and x, that a user's time is over is noticed late, within PRESENCE_SWEEP_MS");
      }
    });
    endPause();
    scan();
    listener.recovered();
  }

  /** What was published meanwhile is unknown. */
  private void interrupted() {
    interruptions++;
    scannedNanos = Optional.empty();
  }

  private long now() {
    return loop.now().toEpochMilli();
  }
}
