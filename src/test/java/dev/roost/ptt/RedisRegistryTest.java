package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.cluster.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisRegistryTest extends RegistryContract {
  private static RedisServer server;
  private static RedisNode node;
  private RedisRegistry registry;

  @BeforeAll
  static void start() {
    server = RedisServer.start();
    node = new RedisNode(server);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      node.close();
      server.close();
    }
  }

  @BeforeEach
  void forgetEverybody() {
    node.awaitUp();
    server.cli("FLUSHALL");
    registry = new RedisRegistry(node.loop, node.redis);
  }

  @Override
  Registry registry() {
    return registry;
  }

  @Override
  void onLoop(Runnable task) {
    node.loop.run(task);
  }

  @Override
  List<String> groupMessages(String groupId) {
    return server.cli("LRANGE", "._g_" + groupId, "0", "-1").stream().filter(line -> !line.isEmpty()).toList();
  }

  @Override
  List<String> userMessages(String userId) {
    return server.cli("LRANGE", "m." + userId + ".u", "0", "-1").stream().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void theKeysAreThoseOfTheContract() {
    Registry.Login login = login("a:b", "phone");
    assertThat(server.cli("HMGET", "u.a:b", "deviceId", "roostLogin")).containsExactly("phone", Long.toString(login.order()));
    add("7", "a:b");
    assertThat(server.cli("SMEMBERS", "g.7.u")).containsExactly("a:b");
    assertThat(server.cli("SMEMBERS", "u.a:b.g")).containsExactly("7");
    remove("7", "a:b");
    assertThat(server.cli("EXISTS", "g.7.u", "u.a:b.g")).containsExactly("0");
  }

  @Test
  void whatAnotherServerWroteIsKnown() {
    server.cli("HSET", "u.ann", "deviceId", "old phone");
    server.cli("SADD", "g.choir.u", "ann", "7");
    server.cli("SADD", "u.ann.g", "choir");
    assertThat(login("ann", "phone").device()).hasValue("old phone");
    assertThat(members("choir")).containsExactlyInAnyOrder("ann", "7");
    assertThat(groups("ann")).containsExactly("choir");
  }

  @Test
  void theOrderGrowsAlsoWhereRedisHasLostEverything() {
    long before = login("ann", "phone").order();
    server.cli("FLUSHALL");
    assertThat(login("ann", "phone").order()).isGreaterThan(before);
    server.cli("HSET", "u.ann", "roostLogin", "9000000000000000");
    assertThat(login("ann", "phone").order()).isEqualTo(9000000000000001L);
  }

  @Test
  void ofConnectionsThatAskAgainTheOneThatCameLastIsTheNewest() {
    Registry.Arrival older = arrival("ann", "phone");
    Registry.Arrival newer = arrival("ann", "tablet");
    Registry.Login second = login(again(newer, Duration.ofSeconds(5)));
    Registry.Login first = login(again(older, Duration.ofSeconds(10)));
    assertThat(first.order()).isPositive().isLessThan(second.order());
    assertThat(server.cli("HGET", "u.ann", "deviceId")).containsExactly("tablet");
    assertThat(login(again(newer, Duration.ofSeconds(20)))).isEqualTo(second);
    Registry.Login third = login("ann", "phone");
    assertThat(third.order()).isGreaterThan(second.order());
    assertThat(third.device()).hasValue("tablet");
    server.cli("FLUSHALL");
    assertThat(login(again(older, Duration.ofSeconds(10))).order()).isLessThan(login(again(newer, Duration.ofSeconds(5))).order());
  }

  @Test
  void whoAsksAgainIsTheNewestAlsoWhereTheClockOfRedisWasPutBack() {
    server.cli("HSET", "u.ann", "roostLogin", "9000000000000000");
    assertThat(login(again(arrival("ann", "phone"), Duration.ofSeconds(3))).order()).isEqualTo(9000000000000001L);
  }

  @Test
  void aUserWhoseIdEndsLikeAKeyOfGroupsTakesNobodysKey() {
    assertThat(login("bob.g", "phone").isKnown()).isTrue();
    assertThat(add("team", "bob")).isTrue();
    assertThat(groups("bob")).containsExactly("team");
    assertThat(login("bob.g", "tablet").device()).hasValue("phone");
  }

  @Test
  void aMembershipIsWrittenAsAWholeOrNotAtAll() {
    server.cli("SET", "u.ann.g", "text");
    assertThat(add("team", "ann")).isFalse();
    server.cli("SADD", "g.team.u", "ann");
    assertThat(remove("team", "ann")).isFalse();
    assertThat(server.cli("SMEMBERS", "g.team.u")).containsExactly("ann");
  }

  @Test
  void theNewestThousandMessagesOfAUserAreKept() {
    server.cli("EVAL", "for i = 1, 1000 do redis.call('LPUSH', KEYS[1], 'old' .. i) end", "1", "m.ann.u");
    onLoop(() -> registry.noteUserMessage("ann", "new"));
    members("choir");
    assertThat(userMessages("ann")).hasSize(1_000).startsWith("new", "old1000").endsWith("old2");
  }

  @Test
  void aGroupOfAbsurdSizeIsNotRead() {
    server.cli("EVAL", "for i = 1, 20001 do redis.call('SADD', KEYS[1], i) end", "1", "g.huge.u");
    assertThat(node.<Optional<Set<String>>>ask(done -> registry.members("huge", done))).isEmpty();
    server.cli("SPOP", "g.huge.u", "18001");
    assertThat(members("huge")).hasSize(2_000);
  }

  @Test
  void aKeyWithAnotherKindOfValueIsAFailureAndNoHarm() {
    for (String key : List.of("u.ann", "g.choir.u", "u.ann.g", "._g_choir")) {
      server.cli("SET", key, "text");
    }
    assertThat(login("ann", "phone")).isEqualTo(Registry.Login.UNKNOWN);
    assertThat(node.<Optional<Set<String>>>ask(done -> registry.members("choir", done))).isEmpty();
    assertThat(add("choir", "ann")).isFalse();
    onLoop(() -> registry.noteGroupMessage("choir", "m"));
    assertThat(login("bob", "phone").isKnown()).isTrue();
    RedisServer.await("the count of lost ids", () -> registry.lostNotes() == 1);
  }

  @Test
  void anythingFailsWithinASecondWhenRedisDoesNotAnswerOrIsAway() {
    server.cli("CLIENT", "PAUSE", "1300", "ALL");
    failsSoon();
    server.kill();
    RedisServer.await("the loss of the connection", () -> !node.redis.isUp());
    failsSoon();
    server.open();
    node.awaitUp();
    assertThat(login("ann", "phone").isKnown()).isTrue();
  }

  private void failsSoon() {
    long begin = node.loop.nanos();
    onLoop(() -> {
      for (int i = 0; i < 3_000; i++) {
        registry.noteUserMessage("ann", "m" + i);
      }
    });
    node.<Boolean>ask(all -> {
      registry.login(arrival("ann", "phone"), login -> assertThat(login.isKnown()).isFalse());
      registry.members("choir", members -> assertThat(members).isEmpty());
      registry.groups("ann", groups -> assertThat(groups).isEmpty());
      registry.add("choir", "ann", written -> assertThat(written).isFalse());
      registry.remove("choir", "ann", written -> {
        assertThat(written).isFalse();
        all.accept(true);
      });
    });
    assertThat(Duration.ofNanos(node.loop.nanos() - begin)).isLessThan(Duration.ofSeconds(2));
    RedisServer.await("the count of lost ids", () -> registry.lostNotes() >= 3_000);
  }
}
