package dev.roost.cluster;

import dev.roost.core.OncePer;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Redis connected: one {@link Hand} that sends, one {@link Ear} a server that hears. What breaks is closed and made anew, with growing pauses, for as long as it takes. All of it on one thread; only the getters are for any.
 */
final class Connector {
  private static final Logger log = LoggerFactory.getLogger(Redis.class);
  private static final Duration BEAT = Duration.ofSeconds(1);
  /** So often no server of a cluster answers before it is asked anew who they are. */
  private static final int BLIND_ATTEMPTS = 5;
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(30);
  private static final Duration TRUST_AFTER = Duration.ofSeconds(30);

  private final Clients clients;
  private final RedisTarget target;
  private final Channels channels;
  private final ScheduledThreadPoolExecutor thread;
  private final Backoff backoff = new Backoff(new SplittableRandom());
  /** Of a server that is let go because it refuses to write: it may be connected again at once, which proves nothing. */
  private final Backoff distrust = new Backoff(new SplittableRandom());
  private long suspectedNanos;
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  private final List<Redis.Listener> listeners = new ArrayList<>();
  /** By the address of the server; those that are being opened have no ear yet. */
  private final Map<String, Optional<Ear>> ears = new HashMap<>();
  /** The servers whose channels are all heard. */
  private final Set<String> ready = new HashSet<>();
  /** Where the channels of the cluster as a whole are heard. */
  private String home = "";
  private Optional<Pulse> pulse = Optional.empty();
  private boolean isConnecting;
  private boolean isWaiting;
  private volatile Hand hand;
  private volatile boolean isUp;

  Connector(RedisTarget target, Channels channels) {
    this.target = target;
    this.channels = channels;
    clients = new Clients(target);
    thread = new ScheduledThreadPoolExecutor(1, task -> Thread.ofPlatform().daemon().name("redis").unstarted(task));
    thread.setRemoveOnCancelPolicy(true);
    thread.scheduleWithFixedDelay(guarded(this::beat), BEAT.toNanos(), BEAT.toNanos(), TimeUnit.NANOSECONDS);
    execute(this::mend);
  }

  boolean isUp() {
    return isUp;
  }

  /** What sends, if there is something to send with. */
  Optional<Hand> hand() {
    return Optional.ofNullable(hand);
  }

  void addListener(Redis.Listener listener) {
    execute(() -> {
      listeners.add(listener);
      if (isUp) {
        tell(listener, true);
      }
    });
  }

  /** Completes when the channels are heard; fails if they are not heard at present, and will be. */
  CompletionStage<Void> hear(Collection<String> names) {
    return atEars(names, channels::has, Ear::hear, !names.isEmpty());
  }

  /** Completes when those of the channels that nobody wants any more are not heard; where nothing is heard, at once. */
  CompletionStage<Void> forget(Collection<String> names) {
    return atEars(names, channel -> !channels.has(channel), Ear::forget, false);
  }

  private CompletionStage<Void> atEars(Collection<String> names, Predicate<String> isConcerned, BiFunction<Ear, List<String>, CompletionStage<Void>> step, boolean needsEar) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    boolean isTaken = execute(() -> {
      List<CompletableFuture<Void>> parts = new ArrayList<>();
      List<String> concerned = names.stream().filter(isConcerned).toList();
      for (Map.Entry<String, Ear> ear : open()) {
        List<String> here = concerned.stream().filter(channel -> channels.isOfEachServer(channel) || ear.getKey().equals(home)).toList();
        if (!here.isEmpty()) {
          parts.add(relate(step.apply(ear.getValue(), here), ear.getKey(), ear.getValue()));
        }
      }
      if (parts.isEmpty() && needsEar) {
        parts.add(CompletableFuture.failedFuture(RedisFailure.unreachable("Redis is not connected")));
      }
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).whenComplete((_, failure) -> settle(done, failure));
    });
    if (!isTaken) {
      done.completeExceptionally(RedisFailure.unreachable("The connection to Redis is closed"));
    }
    return done;
  }

  private static void settle(CompletableFuture<Void> done, Throwable failure) {
    if (failure == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(failure);
    }
  }

  /** The server says that it is no master any more: the sentinels know who is. Who connects to the same one again, because it does not tell its role, pauses longer each time. */
  void suspect(Hand suspected) {
    execute(() -> {
      if (hand == suspected && !suspected.isWatched()) {
        long now = System.nanoTime();
        if (now - suspectedNanos > TRUST_AFTER.toNanos()) {
          distrust.succeeded();
        }
        suspectedNanos = now;
        drop("it is a replica now");
        pause(distrust.next());
        judge();
      }
    });
  }

  void close(Duration most) {
    thread.shutdownNow();
    clients.close(most);
  }

  /** Once a second: what looks alive is asked. */
  private void beat() {
    if (pulse.isPresent() && !pulse.get().isAlive()) {
      drop("it has been silent for too long");
    }
    if (hand != null && hand.isWatched()) {
      // Opens the connections to servers that are new, before a command needs them.
      hand.toMasters();
    }
    for (Map.Entry<String, Ear> entry : open()) {
      if (!entry.getValue().isAlive()) {
        dropEar(entry.getKey(), entry.getValue());
      }
    }
    mend();
  }

  /** Sees what is missing and begins to make it. */
  private void mend() {
    if (hand != null && !hand.isOpen()) {
      drop("the connection was closed");
    }
    for (Map.Entry<String, Ear> entry : open()) {
      if (!entry.getValue().isOpen()) {
        dropEar(entry.getKey(), entry.getValue());
      }
    }
    if (hand == null) {
      connect();
    } else {
      tendEars();
    }
    judge();
  }

  private void connect() {
    if (isConnecting || isWaiting) {
      return;
    }
    isConnecting = true;
    Attempt.begin(clients::connect, Hand::close, this::execute, (made, failure) -> {
      isConnecting = false;
      if (made.isEmpty()) {
        failed(failure);
        return;
      }
      hand = made.get();
      pulse = hand.isWatched() ? Optional.empty() : Optional.of(new Pulse(hand.connection()));
      hand.connection().addListener(new RedisConnectionStateListener() {
        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
          execute(Connector.this::mend);
        }
      });
      mend();
    });
  }

  /** Opens what is missing, closes what is not needed any more, and hears at home what must be heard once. */
  private void tendEars() {
    Map<String, RedisURI> wanted = new HashMap<>();
    hand.masters().forEach(uri -> wanted.put(name(uri), uri));
    for (Map.Entry<String, Ear> entry : open()) {
      if (!wanted.containsKey(entry.getKey())) {
        dropEar(entry.getKey(), entry.getValue());
      }
    }
    if (home.isEmpty() && !ready.isEmpty()) {
      moveHome(ready.iterator().next());
    }
    wanted.forEach((name, uri) -> {
      if (!ears.containsKey(name) && !isWaiting) {
        openEar(name, uri);
      }
    });
  }

  private void openEar(String name, RedisURI uri) {
    ears.put(name, Optional.empty());
    if (home.isEmpty()) {
      home = name;
    }
    Attempt.begin(() -> clients.connectToHear(uri).thenApply(connection -> new Ear(connection, channels, () -> execute(this::mend))), Ear::close, this::execute, (made, failure) -> {
      if (made.isEmpty()) {
        ears.remove(name);
        forgetHome(name);
        failed(failure);
        return;
      }
      ears.put(name, made);
      subscribe(name, made.get());
    });
  }

  private void subscribe(String name, Ear ear) {
    ear.hear(name.equals(home) ? channels.all() : channels.ofEachServer()).whenComplete((_, failure) -> execute(() -> {
      if (ears.getOrDefault(name, Optional.empty()).filter(current -> current == ear).isEmpty()) {
        return;
      }
      if (failure != null) {
        dropEar(name, ear);
        failed(failure);
        return;
      }
      ready.add(name);
      backoff.succeeded();
      mend();
    }));
  }

  /** The server at which the channels of all were heard is gone. */
  private void moveHome(String name) {
    home = name;
    ready.remove(name);
    ears.get(name).ifPresent(ear -> subscribe(name, ear));
  }

  private void drop(String reason) {
    log.debug("The connection to {} is dropped: {}", target, reason);
    hand.close();
    hand = null;
    pulse = Optional.empty();
    // What hears must be at the same server as what sends.
    open().forEach(entry -> dropEar(entry.getKey(), entry.getValue()));
    lost(reason);
  }

  private void dropEar(String name, Ear ear) {
    ears.remove(name);
    ready.remove(name);
    forgetHome(name);
    ear.close();
  }

  private void forgetHome(String name) {
    if (home.equals(name)) {
      home = "";
    }
  }

  private void failed(Throwable failure) {
    if (failureLog.allow(System.nanoTime())) {
      log.warn("Redis at {} cannot be reached: {}; it is tried again and again", target, Wire.reason(failure));
    }
    if (hand != null && ready.isEmpty() && backoff.failures() >= BLIND_ATTEMPTS) {
      drop("none of its servers can be reached where they were");
    }
    pause(backoff.next());
    judge();
  }

  private void pause(Duration time) {
    isWaiting = true;
    later(time, () -> {
      isWaiting = false;
      mend();
    });
  }

  /** Tells of it when everything is there, or is not any more. */
  private void judge() {
    boolean isComplete = hand != null && !hand.masters().isEmpty() && hand.masters().stream().allMatch(uri -> ready.contains(name(uri))) && ready.contains(home);
    if (isComplete && !isUp) {
      isUp = true;
      log.info("Redis at {} is connected", target);
      listeners.forEach(listener -> tell(listener, true));
    } else if (!isComplete) {
      lost("not all connections are there");
    }
  }

  private void lost(String reason) {
    if (isUp) {
      isUp = false;
      log.warn("Redis at {} is lost: {}", target, reason);
      listeners.forEach(listener -> tell(listener, false));
    }
  }

  private static void tell(Redis.Listener listener, boolean isUp) {
    try {
      if (isUp) {
        listener.recovered();
      } else {
        listener.lost();
      }
    } catch (RuntimeException e) {
      log.error("A listener of Redis failed", e);
    }
  }

  private List<Map.Entry<String, Ear>> open() {
    return ears.entrySet().stream().filter(entry -> entry.getValue().isPresent()).map(entry -> Map.entry(entry.getKey(), entry.getValue().get())).toList();
  }

  /** Of an ear that did not do what it was told nobody knows what it hears. */
  private CompletableFuture<Void> relate(CompletionStage<Void> done, String name, Ear ear) {
    return done.whenComplete((_, failure) -> {
      if (failure != null) {
        execute(() -> {
          if (ears.getOrDefault(name, Optional.empty()).filter(current -> current == ear).isPresent()) {
            dropEar(name, ear);
            mend();
          }
        });
      }
    }).exceptionallyCompose(failure -> CompletableFuture.failedFuture(RedisFailure.unreachable("Redis did not take a subscription: " + Wire.reason(failure)))).toCompletableFuture();
  }

  private static String name(RedisURI uri) {
    return uri.getSentinels().isEmpty() ? uri.getHost() + ":" + uri.getPort() : uri.getSentinelMasterId();
  }

  private boolean execute(Runnable task) {
    try {
      thread.execute(guarded(task));
      return true;
    } catch (RejectedExecutionException e) {
      // Closed: nobody needs it any more.
      return false;
    }
  }

  private void later(Duration delay, Runnable task) {
    try {
      thread.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.trace("Closed", e);
    }
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.error("Keeping Redis connected failed", e);
      }
    };
  }
}
