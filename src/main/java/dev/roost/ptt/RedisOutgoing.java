package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisCommand;
import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this server publishes: in its order, at most once, and never more on the way than a bound. Where Redis is slower than the flow, audio is dropped first, at half the bound. On one loop; the counts may be read by any thread.
 */
final class RedisOutgoing {
  private static final Logger log = LoggerFactory.getLogger(RedisOutgoing.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);
  private static final long MOST_BYTES = Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 16);
  private static final int MOST_MESSAGES = 4_000;
  /** What a message costs besides its payload. */
  private static final int OVERHEAD = 512;

  private final Loop loop;
  private final Redis redis;
  private final int mostMessages;
  private final long mostBytes;
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
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
  }

  void publish(String channel, byte[] message, boolean isAudio) {
    int share = isAudio ? 2 : 1;
    int cost = message.length + OVERHEAD;
    if (messages.get() >= mostMessages / share || bytes.get() + cost > mostBytes / share) {
      lost("too many are on the way");
      return;
    }
    messages.incrementAndGet();
    bytes.addAndGet(cost);
    redis.send(RedisCommand.publish(channel, message)).whenComplete((_, failure) -> {
      messages.decrementAndGet();
      bytes.addAndGet(-cost);
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
