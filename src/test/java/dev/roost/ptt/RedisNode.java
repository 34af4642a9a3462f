package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisServer;
import dev.roost.cluster.RedisSettings;
import dev.roost.core.Settings;
import dev.roost.sim.RealLoop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One server as its engines know it: a loop and a connection to Redis. */
class RedisNode implements AutoCloseable {
  final RealLoop loop = new RealLoop();
  final Redis redis;

  RedisNode(RedisServer server) {
    this(server.url());
  }

  RedisNode(String url) {
    Settings settings = Settings.of(Map.of("REDIS_URL", url));
    redis = Redis.open(RedisSettings.target(settings).orElseThrow());
  }

  void awaitUp() {
    RedisServer.await("a connection to Redis", redis::isUp);
  }

  /** Presence that hears what is published when this returns; the node has no other. */
  RedisPresence presence(Duration ttl, Presence.Listener listener) {
    RedisPresence[] opened = new RedisPresence[1];
    long before = subscribers();
    loop.run(() -> opened[0] = new RedisPresence(loop, redis, ttl, Duration.ofMillis(100), Duration.ofMillis(200), listener));
    RedisServer.await("the subscription", () -> subscribers() > before);
    return opened[0];
  }

  private long subscribers() {
    return redis.subscribers(RedisPresenceKeys.CHANNEL_ALL).toCompletableFuture().orTimeout(5, TimeUnit.SECONDS).join();
  }

  /** What a question on the loop is answered. */
  <T> T ask(Consumer<Consumer<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    loop.execute(() -> question.accept(answer::complete));
    return answer.orTimeout(5, TimeUnit.SECONDS).join();
  }

  static void close(List<? extends RedisNode> nodes) {
    nodes.forEach(RedisNode::close);
  }

  @Override
  public void close() {
    redis.close();
    loop.close();
  }
}
