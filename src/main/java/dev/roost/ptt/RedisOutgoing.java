package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.core.ByteBudget;
import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this server publishes: in its order, at most once, and never more on the way than a bound. Where Redis is slower than the flow, audio is dropped first, at half the bound. On one loop; the counts may be read by any thread.
 *
 * <p>Large messages have a budget of their own, bytes a second and on the way. Redis ends the subscription of a server that is behind by 32 MB, or by 8 MB for a minute ({@code client-output-buffer-limit pubsub}), and with it everything
 * that this server would have heard: so images must not come in faster than any server can read, and what is small goes on beside them.
 */
final class RedisOutgoing {
  private static final Logger log = LoggerFactory.getLogger(RedisOutgoing.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);
  private static final long MOST_BYTES = Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 16);
  private static final int MOST_MESSAGES = 4_000;
  /** What a message costs besides its payload. */
  private static final int OVERHEAD = 512;
  /** Larger than any piece of sound, and than what people type. */
  private static final int LARGE = 16 << 10;
  private static final long LARGE_PER_SECOND = 4 << 20;
  private static final long LARGE_AT_ONCE = 4 << 20;

  private final Loop loop;
  private final Redis redis;
  private final int mostMessages;
  private final long mostBytes;
  private final ByteBudget large;
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong largeBytes = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();

  RedisOutgoing(Loop loop, Redis redis) {
    this(loop, redis, MOST_MESSAGES, MOST_BYTES);
  }

  RedisOutgoing(Loop loop, Redis redis, int mostMessages, long mostBytes) {
    this.loop = loop;
    this.redis = redis;
    this.mostMessages = mostMessages;
    this.mostBytes = mostBytes;
    large = new ByteBudget(LARGE_PER_SECOND, LARGE_AT_ONCE, loop.nanos());
  }

  void publish(String channel, byte[] message, boolean isAudio) {
    int share = isAudio ? 2 : 1;
    int cost = message.length + OVERHEAD;
    if (messages.get() >= mostMessages / share || bytes.get() + cost > mostBytes / share) {
      lost("too many are on the way");
      return;
    }
    int largeCost = message.length > LARGE ? cost : 0;
    if (largeCost > 0 && (largeBytes.get() > 0 && largeBytes.get() + largeCost > LARGE_AT_ONCE || !large.take(largeCost, loop.nanos()))) {
      lost("large ones are more than " + (LARGE_PER_SECOND >> 20) + " MB in a second");
      return;
    }
    largeBytes.addAndGet(largeCost);
    messages.incrementAndGet();
    bytes.addAndGet(cost);
    redis.send(RedisCommand.publish(channel, message)).whenComplete((_, failure) -> {
      messages.decrementAndGet();
      bytes.addAndGet(-cost);
      largeBytes.addAndGet(-largeCost);
      if (failure == null) {
        sent.incrementAndGet();
      } else {
        loop.execute(() -> lost(failure.getMessage()));
      }
    });
  }

  /** A message is not sent. */
  void lost(String reason) {
    long total = lost.incrementAndGet();
    if (failureLog.allow(loop.nanos())) {
      log.warn("Messages to other servers are lost, {} so far: {}", total, reason);
    }
  }

  long sent() {
    return sent.get();
  }

  long lost() {
    return lost.get();
  }
}
