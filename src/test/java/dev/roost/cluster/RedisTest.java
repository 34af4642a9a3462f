package dev.roost.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One server. */
class RedisTest {
  private static final RedisScript<Long> ADD = new RedisScript<>("return redis.call('INCRBY', KEYS[1], ARGV[1])", RedisReply::number);

  private static RedisServer server;
  private Redis redis;

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void connect() {
    server.cli("FLUSHALL");
    redis = open(server.url());
    RedisServer.await("a connection", redis::isUp);
  }

  @AfterEach
  void disconnect() {
    redis.close();
  }

  @Test
  void commandsAnswerWithTypes() {
    join(redis.send(RedisCommand.set("k", "ü", Duration.ofSeconds(60))));
    assertThat(join(redis.send(RedisCommand.get("k")))).contains("ü");
    assertThat(join(redis.send(RedisCommand.get("nothing")))).isEmpty();
    assertThat(join(redis.send(RedisCommand.exists("k")))).isTrue();
    assertThat(join(redis.send(RedisCommand.delete("k")))).isTrue();
    assertThat(join(redis.send(RedisCommand.expire("k", Duration.ofSeconds(1))))).isFalse();
    join(redis.send(RedisCommand.hashSet("h", "a", "1", "b", "two")));
    assertThat(join(redis.send(RedisCommand.hashAdd("h", "a", 41)))).isEqualTo(42);
    assertThat(join(redis.send(RedisCommand.hashGetAll("h", List.of("b", "none", "a"))))).containsExactly(Optional.of("two"), Optional.empty(), Optional.of("42"));
    assertThat(join(redis.send(RedisCommand.addMember("s", "a:b")))).isTrue();
    assertThat(join(redis.send(RedisCommand.addMember("s", "a:b")))).isFalse();
    assertThat(join(redis.send(RedisCommand.members("s")))).containsExactly("a:b");
    assertThat(join(redis.send(RedisCommand.members("none")))).isEmpty();
    for (int i = 0; i < 5; i++) {
      join(redis.send(RedisCommand.pushFront("l", "m" + i)));
    }
    join(redis.send(RedisCommand.trim("l", 2)));
    assertThat(server.cli("LRANGE", "l", "0", "-1")).containsExactly("m4", "m3");
  }

  @Test
  void aWrongKindOfValueIsARefusal() {
    join(redis.send(RedisCommand.set("k", "v")));
    assertThatThrownBy(() -> join(redis.send(RedisCommand.members("k")))).isInstanceOfSatisfying(RedisFailure.class, failure -> {
      assertThat(failure.isRefusal()).isTrue();
      assertThat(failure).hasMessageContaining("WRONGTYPE");
    });
  }

  @Test
  void manyCommandsAreOneAnswer() {
    List<RedisCommand<Long>> commands = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      commands.add(ADD.with(List.of("n"), 1));
    }
    assertThat(join(redis.sendAll(commands)).getLast()).isEqualTo(1000);
    assertThat(join(redis.sendAll(List.<RedisCommand<Long>>of()))).isEmpty();
    commands.set(500, RedisCommand.of("LLEN", RedisReply::number, "n"));
    assertThatThrownBy(() -> join(redis.sendAll(commands))).isInstanceOf(RedisFailure.class);
  }

  @Test
  void aForgottenScriptIsSentAgain() {
    assertThat(join(redis.send(ADD.with(List.of("n"), 1)))).isEqualTo(1);
    assertThat(join(redis.send(ADD.with(List.of("n"), 1)))).isEqualTo(2);
    server.cli("SCRIPT", "FLUSH");
    assertThat(join(redis.send(ADD.with(List.of("n"), 1)))).isEqualTo(3);
    assertThat(join(redis.send(ADD.with(List.of("n"), 1)))).isEqualTo(4);
  }

  @Test
  void aScanFindsAllKeysOfThePattern() {
    List<RedisCommand<Void>> commands = new ArrayList<>();
    for (int i = 0; i < 1200; i++) {
      commands.add(RedisCommand.set("user:" + i, "1"));
      commands.add(RedisCommand.set("other:" + i, "1"));
    }
    join(redis.sendAll(commands));
    Set<String> found = new HashSet<>();
    join(redis.scan("user:*", keys -> {
      synchronized (found) {
        found.addAll(keys);
      }
      return CompletableFuture.completedFuture(null);
    }));
    assertThat(found).hasSize(1200).allMatch(key -> key.startsWith("user:"));
  }

  @Test
  void channelsAreHeardInOrderUntilNobodyListens() {
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    Redis.ChannelListener listener = (channel, message) -> heard.add(channel + "=" + new String(message));
    join(redis.subscribe("a", listener));
    join(redis.subscribe("b", listener));
    assertThat(join(redis.subscribers("a"))).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      redis.send(RedisCommand.publish("a", ("" + i).getBytes()));
    }
    RedisServer.await("all messages", () -> heard.size() == 100);
    assertThat(heard.stream().toList().getLast()).isEqualTo("a=99");
    redis.unsubscribe("a", listener);
    RedisServer.await("the end of the subscription", () -> join(redis.subscribers("a")) == 0);
    assertThat(join(redis.subscribers("b"))).isEqualTo(1);
  }

  @Test
  void expiryEventsAreTurnedOnBesidesWhatIsThere() {
    server.cli("CONFIG", "SET", "notify-keyspace-events", "Kg");
    Queue<String> expired = new ConcurrentLinkedQueue<>();
    redis.subscribeExpired(expired::add);
    assertThat(join(redis.enableExpiryEvents())).isTrue();
    assertThat(server.cli("CONFIG", "GET", "notify-keyspace-events").getLast().chars().sorted().mapToObj(Character::toString).toList()).containsExactly("E", "K", "g", "x");
    join(redis.send(RedisCommand.set("gone:soon", "1", Duration.ofMillis(20))));
    RedisServer.await("the event", () -> expired.contains("gone:soon"));
  }

  @Test
  void aRestartIsToldAndSubscriptionsAreBack() {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    redis.addListener(listener(told));
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    join(redis.subscribe("a", (_, message) -> heard.add(new String(message))));
    server.kill();
    RedisServer.await("the loss", () -> told.contains("lost"));
    assertThatThrownBy(() -> join(redis.send(RedisCommand.get("k")))).isInstanceOfSatisfying(RedisFailure.class, failure -> assertThat(failure.isRefusal()).isFalse());
    server.open();
    RedisServer.await("the return", redis::isUp);
    assertThat(told).containsExactly("recovered", "lost", "recovered");
    assertThat(join(redis.send(ADD.with(List.of("n"), 1)))).isEqualTo(1);
    server.cli("PUBLISH", "a", "again");
    RedisServer.await("the message", () -> heard.contains("again"));
  }

  @Test
  void aServerThatIsSilentIsNoticed() {
    server.freeze();
    try {
      long begin = System.nanoTime();
      assertThatThrownBy(() -> join(redis.send(RedisCommand.get("k")))).isInstanceOf(RedisFailure.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
      RedisServer.await("the loss", () -> !redis.isUp());
    } finally {
      server.thaw();
    }
    RedisServer.await("the return", redis::isUp);
  }

  @Test
  void aServerThatIsNotThereYetIsFoundLater() {
    RedisServer late = RedisServer.start();
    late.kill();
    try (Redis early = open(late.url())) {
      Queue<String> told = new ConcurrentLinkedQueue<>();
      early.addListener(listener(told));
      assertThat(early.isUp()).isFalse();
      assertThatThrownBy(() -> join(early.send(RedisCommand.get("k")))).isInstanceOf(RedisFailure.class);
      late.open();
      RedisServer.await("the connection", early::isUp);
      RedisServer.await("the telling", () -> told.equals(List.of("recovered")) || told.contains("recovered"));
      assertThat(told).doesNotContain("lost");
    } finally {
      late.close();
    }
  }

  @Test
  void aReplicaIsNotConnectedUntilItIsAMaster() {
    try (RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(server.port())); Redis wrong = open(replica.url())) {
      Queue<String> told = new ConcurrentLinkedQueue<>();
      wrong.addListener(listener(told));
      long before = connections(replica);
      RedisServer.await("several attempts", () -> connections(replica) >= before + 8);
      assertThat(wrong.isUp()).isFalse();
      assertThat(told).isEmpty();
      replica.cli("REPLICAOF", "NO", "ONE");
      RedisServer.await("the connection", wrong::isUp);
      RedisServer.await("the telling", () -> told.equals(List.of("recovered")) || told.contains("recovered"));
      assertThat(told).containsExactly("recovered");
    }
  }

  /** Those of redis-cli, one a question, among them. */
  private static long connections(RedisServer asked) {
    return asked.cli("INFO", "stats").stream().filter(line -> line.startsWith("total_connections_received:")).mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip())).sum();
  }

  @Test
  void aMasterThatBecomesAReplicaIsLostOnce() {
    try (RedisServer master = RedisServer.start(); Redis used = open(master.url())) {
      Queue<String> told = new ConcurrentLinkedQueue<>();
      used.addListener(listener(told));
      RedisServer.await("the connection", used::isUp);
      master.cli("REPLICAOF", "127.0.0.1", Integer.toString(server.port()));
      assertThat(isTrue(used.send(RedisCommand.set("k", "v")))).isFalse();
      RedisServer.await("the loss", () -> !used.isUp());
      master.cli("REPLICAOF", "NO", "ONE");
      RedisServer.await("the return", used::isUp);
      RedisServer.await("the telling", () -> told.size() >= 3);
      assertThat(told).containsExactly("recovered", "lost", "recovered");
    }
  }

  @Test
  void whoRefusesToWriteAndToTellItsRoleIsNotAskedForever() {
    try (RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(server.port()), "--rename-command", "ROLE", ""); Redis wrong = open(replica.url())) {
      Queue<String> told = new ConcurrentLinkedQueue<>();
      wrong.addListener(listener(told));
      long begin = System.nanoTime();
      RedisServer.await("several attempts", () -> {
        wrong.send(RedisCommand.set("k", "v"));
        return told.stream().filter("recovered"::equals).count() >= 3;
      });
      // Pauses of 100 and 200 ms, half of it at least.
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(150));
    }
  }

  @Test
  void aScriptThatNeverArrivedKeepsTheOrderOfThoseBehindIt() {
    RedisScript<Long> push = new RedisScript<>("return redis.call('RPUSH', KEYS[1], ARGV[1])", RedisReply::number);
    RedisScript<Long> other = new RedisScript<>("redis.call('RPUSH', KEYS[1], ARGV[1]) return 1", RedisReply::number);
    join(redis.send(other.with(List.of("list"), "0")));
    server.cli("ACL", "SETUSER", "default", "-eval");
    assertThat(isTrue(redis.send(push.with(List.of("list"), "never")))).isFalse();
    server.cli("ACL", "SETUSER", "default", "+eval");
    List<CompletionStage<Long>> answers = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      answers.add(redis.send((i % 2 == 0 ? other : push).with(List.of("list"), Integer.toString(i))));
    }
    answers.forEach(RedisTest::join);
    assertThat(server.cli("LRANGE", "list", "0", "-1")).containsExactlyElementsOf(IntStream.rangeClosed(0, 20).mapToObj(Integer::toString).toList());
  }

  static Redis.Listener listener(Queue<String> told) {
    return new Redis.Listener() {
      @Override
      public void lost() {
        told.add("lost");
      }

      @Override
      public void recovered() {
        told.add("recovered");
      }
    };
  }

  static Redis open(String url) {
    return Redis.open(RedisSettings.target(Settings.of(Map.of("REDIS_URL", url))).orElseThrow());
  }

  /** Whether a command went well. */
  static boolean isTrue(CompletionStage<?> stage) {
    return stage.handle((_, failure) -> failure == null).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  static <T> T join(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
