package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.cluster.RedisClusterServers;
import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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

  @Test
  void oneKeyOfAnotherKindSpoilsNothing() {
    presence = open(LONG);
    online(session("m", 1));
    awaitTold("m+");
    set(RedisPresenceKeys.meta("bad"));
    set(RedisPresenceKeys.user("bad"));
    await("the user", () -> snapshot().users().size() == 2);
    assertThat(snapshot().users()).extracting(Status::userId).containsExactlyInAnyOrder("m", "bad");
    assertThat(statuses("bad", "m", "nobody")).extracting(Status::isOnline).containsExactly(true, true, false);
    assertThat(statuses("m").getFirst().deviceId()).contains("device-of-m1");
  }

  private void set(String key) {
    node.redis.send(RedisCommand.set(key, "x")).toCompletableFuture().orTimeout(5, TimeUnit.SECONDS).join();
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
