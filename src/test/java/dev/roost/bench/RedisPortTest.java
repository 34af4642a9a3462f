package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.cluster.RedisServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the tool does to a Redis and asks it, with a real one. */
class RedisPortTest {
  @Test
  void usersComeAndGo() {
    try (RedisServer server = RedisServer.start(); RedisPort port = new RedisPort(address(server))) {
      try (OnlineUsers users = new OnlineUsers(address(server), "0a0b0c", 1_500)) {
        users.come();
        assertThat(port.info().get("db0")).startsWith("keys=3000,expires=1500,");
        assertThatThrownBy(() -> port.all(List.of(List.of("HSET", "presence:user:u0a0b0c-201499", "a", "b")))).as("a user's key is a text").isInstanceOf(BenchException.class)
            .hasMessageContaining("WRONGTYPE");
        assertThatThrownBy(() -> port.all(List.of(List.of("INCR", "presence:meta:u0a0b0c-200000")))).as("the metadata are a hash").isInstanceOf(BenchException.class)
            .hasMessageContaining("WRONGTYPE");
      }
      assertThat(port.info()).doesNotContainKey("db0");
    }
  }

  @Test
  void whatRedisDidIsTheDifferenceOfTwoReadings() {
    Timeline timeline = new Timeline();
    try (RedisServer server = RedisServer.start(); RedisPort port = new RedisPort(address(server))) {
      RedisReading before = RedisReading.take(address(server), timeline);
      port.all(List.of(List.of("SET", "a", "1"), List.of("SET", "b", "2"), List.of("EVAL", "return redis.call('GET', 'a')", "0")));
      RedisUse use = before.until(RedisReading.take(address(server), timeline));
      assertThat(use.calls()).containsEntry("set", 2L).containsEntry("eval", 1L).containsEntry("get", 1L);
      // The three commands came in one read, and each INFO is one.
      assertThat(use.reads()).isBetween(2L, 3L);
      assertThat(use.commands()).isGreaterThanOrEqualTo(4);
    }
  }

  @Test
  void commandsThatWereNotThereBeforeCountFromNought() {
    RedisUse use = RedisUse.between(Map.of("cmdstat_get", "calls=5,usec=9", "total_reads_processed", "7", "used_cpu_sys", "1.5"),
        Map.of("cmdstat_get", "calls=5,usec=9", "cmdstat_set", "calls=3,usec=1", "total_reads_processed", "17", "total_commands_processed", "4", "used_cpu_sys", "2.0",
            "used_cpu_user", "0.5"), 10);
    assertThat(use).isEqualTo(new RedisUse(10, 10, 4, Map.of("set", 3L), 0.1));
  }

  @Test
  void aRedisThatIsNotThereIsSaidInOneLine() {
    InetSocketAddress nobody;
    try (RedisServer server = RedisServer.start()) {
      nobody = address(server);
    }
    assertThatThrownBy(() -> new RedisPort(nobody)).isInstanceOf(BenchException.class).hasMessageMatching("--redis [^ ]+:\\d+ does not answer: .*");
  }

  private static InetSocketAddress address(RedisServer server) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }
}
