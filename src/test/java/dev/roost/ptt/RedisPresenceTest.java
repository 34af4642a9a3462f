package dev.roost.ptt;

import dev.roost.cluster.RedisServer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** What every engine keeps to, on one server of Redis. */
class RedisPresenceTest extends PresenceContract {
  private static RedisServer server;
  private RedisNode node;

  @BeforeAll
  static void start() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void connect() {
    server.cli("FLUSHALL");
    node = new RedisNode(server);
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

  @Override
  void onLoop(Runnable task) {
    node.loop.run(task);
  }

  @Override
  void await(String what, BooleanSupplier condition) {
    RedisServer.await(what, condition);
  }
}
