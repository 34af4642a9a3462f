package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisServer;
import dev.roost.cluster.RedisSettings;
import dev.roost.core.Settings;
import dev.roost.sim.RealLoop;
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
    Settings settings = Settings.of(Map.of("REDIS_URL", server.url()));
    redis = Redis.open(RedisSettings.target(settings).orElseThrow());
  }

  void awaitUp() {
    RedisServer.await("a connection to Redis", redis::isUp);
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
