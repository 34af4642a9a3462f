package dev.roost.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** A cluster of three servers. */
class RedisClusterTest {
  private static final RedisScript<Long> ADD = new RedisScript<>("return redis.call('INCRBY', KEYS[1], ARGV[1])", RedisReply::number);

  @Test
  void keysAreOnAllServersAndEachIsAskedForItsOwn() {
    try (RedisClusterServers cluster = RedisClusterServers.start(); Redis redis = RedisTest.open(cluster.url())) {
      RedisServer.await("a connection", redis::isUp);
      assertThat(redis.isCluster()).isTrue();
      List<RedisCommand<Long>> commands = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        commands.add(ADD.with(List.of("n:" + i), 1));
      }
      RedisTest.join(redis.sendAll(commands));
      assertThat(RedisTest.join(redis.sendAll(commands))).hasSize(100).containsOnly(2L);
      Set<String> found = ConcurrentHashMap.newKeySet();
      RedisTest.join(redis.scan("n:*", keys -> {
        found.addAll(keys);
        return CompletableFuture.completedFuture(null);
      }));
      assertThat(found).hasSize(100);
      channelsAndExpiries(cluster, redis);
      aLostServer(cluster, redis);
    }
  }

  private static void channelsAndExpiries(RedisClusterServers cluster, Redis redis) {
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    RedisTest.join(redis.subscribe("a", (_, message) -> heard.add(new String(message))));
    assertThat(RedisTest.join(redis.subscribers("a"))).isEqualTo(1);
    cluster.servers().forEach(server -> server.cli("PUBLISH", "a", "from " + server.port()));
    RedisServer.await("a message of each server", () -> heard.size() == 3);
    Queue<String> expired = new ConcurrentLinkedQueue<>();
    redis.subscribeExpired(expired::add);
    assertThat(RedisTest.join(redis.enableExpiryEvents())).isTrue();
    for (int i = 0; i < 20; i++) {
      RedisTest.join(redis.send(RedisCommand.set("short:" + i, "1", Duration.ofMillis(20))));
    }
    RedisServer.await("all that ended", () -> expired.size() == 20);
    assertThat(Set.copyOf(expired)).hasSize(20);
    assertThat(heard).hasSize(3);
  }

  private static void aLostServer(RedisClusterServers cluster, Redis redis) {
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    RedisTest.join(redis.subscribe("b", (_, message) -> heard.add(new String(message))));
    RedisServer lost = cluster.servers().getFirst();
    lost.kill();
    RedisServer.await("the loss", () -> !redis.isUp());
    // Some of these keys are on the lost server.
    assertThatThrownBy(() -> RedisTest.join(redis.sendAll(List.of(RedisCommand.get("{0}"), RedisCommand.get("{1}"), RedisCommand.get("{2}"), RedisCommand.get("{3}"), RedisCommand.get("{4}"), RedisCommand.get("{5}"),
        RedisCommand.get("{6}"), RedisCommand.get("{7}"), RedisCommand.get("{8}"), RedisCommand.get("{9}"))))).isInstanceOf(RedisFailure.class);
    lost.open();
    RedisServer.await("the return", redis::isUp);
    RedisServer.await("a message", () -> {
      cluster.servers().getLast().cli("PUBLISH", "b", "again");
      return heard.contains("again");
    });
    RedisServer.await("a command", () -> RedisTest.isTrue(redis.send(RedisCommand.set("{0}", "1"))) && RedisTest.isTrue(redis.send(RedisCommand.set("{9}", "1"))));
  }
}
