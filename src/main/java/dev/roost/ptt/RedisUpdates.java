package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.core.Loop;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Hears what servers publish about presence and hands it to the loop: a bounded number of messages at a time, so that a flood does not fill the memory. */
final class RedisUpdates {
  private static final int MOST_WAITING = 50_000;

  private final Loop loop;
  private final Listener listener;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean hasMissed = new AtomicBoolean();

  /** On the loop. */
  interface Listener {
    void heard(UpdateCodec.Published published, long receivedNanos);

    /** The key of a user has ended. */
    void expired(String userId);

    /** The loop was too slow for what came, and some of it is lost. */
    void missed();
  }

  RedisUpdates(Loop loop, Redis redis, Listener listener) {
    this.loop = loop;
    this.listener = listener;
    for (String channel : new String[] {RedisPresenceKeys.CHANNEL_ONLINE, RedisPresenceKeys.CHANNEL_OFFLINE, RedisPresenceKeys.CHANNEL_ALL}) {
      redis.subscribe(channel, (_, message) -> heard(message));
    }
    redis.subscribeExpired(this::expired);
  }

  private void heard(byte[] message) {
    // Read here, so that the loop is spared what is no update.
    UpdateCodec.read(message).ifPresent(published -> {
      long receivedNanos = loop.nanos();
      hand(() -> listener.heard(published, receivedNanos));
    });
  }

  private void expired(String key) {
    if (key.startsWith(RedisPresenceKeys.USER)) {
      hand(() -> listener.expired(key.substring(RedisPresenceKeys.USER.length())));
    }
  }

  private void hand(Runnable task) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      if (!hasMissed.getAndSet(true)) {
        loop.execute(this::catchUp);
      }
      return;
    }
    loop.execute(() -> {
      waiting.decrementAndGet();
      task.run();
    });
  }

  /** Behind everything that waited. */
  private void catchUp() {
    hasMissed.set(false);
    listener.missed();
  }
}
