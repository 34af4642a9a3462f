package dev.roost.ptt;

import dev.roost.cluster.RedisClusterServers;
import dev.roost.cluster.RedisServer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** What every engine keeps to, on a cluster, where the keys of a user are on different servers. */
class RedisClusterPresenceTest extends PresenceContract {
  private static RedisClusterServers cluster;
  private RedisNode node;

  @BeforeAll
  static void start() {
    cluster = RedisClusterServers.start();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void connect() {
    cluster.forgetEverything();
    node = new RedisNode(cluster.url());
    node.awaitUp();
  }

  @AfterEach
  void disconnect() {
    node.close();
  }

  @Override
  Presence open(Duration ttl) {
    return node.presence(ttl, listener());
  }

  /** Waits for all steps on the servers, so that what one user does is told before what the next one does. */
  @Override
  void onLoop(Runnable task) {
    node.loop.run(task);
    RedisServer.await("an answer to everything", () -> node.redis.inFlight() == 0);
  }

  @Override
  void await(String what, BooleanSupplier condition) {
    RedisServer.await(what, condition);
  }
}
