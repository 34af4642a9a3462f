package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.cluster.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several servers on one Redis, of this make and of others. */
class RedisPresenceSharingTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static RedisServer server;
  private final List<Node> nodes = new ArrayList<>();

  /** One server of ours. */
  private static final class Node extends RedisNode implements Presence.Listener {
    final List<String> heard = new CopyOnWriteArrayList<>();
    RedisPresence presence;

    Node() {
      super(server);
      awaitUp();
    }

    @Override
    public void changed(Update update) {
      heard.add(update.userId() + (update.isOnline() ? "+" : "-"));
    }

    @Override
    public void lost() {}

    @Override
    public void recovered() {}

    void online(String userId, long order) {
      loop.run(() -> presence.online(PresenceContract.session(userId, order)));
    }

    void offline(String userId, long order) {
      loop.run(() -> presence.offline(PresenceContract.session(userId, order)));
    }

    void beat(String userId, long order) {
      AtomicReference<Boolean> written = new AtomicReference<>();
      loop.run(() -> presence.heartbeat(PresenceContract.session(userId, order), written::set));
      RedisServer.await("the heartbeat", () -> Boolean.TRUE.equals(written.get()));
    }

    Snapshot snapshot() {
      CompletableFuture<Snapshot> snapshot = new CompletableFuture<>();
      loop.run(() -> presence.snapshot().thenAccept(snapshot::complete));
      return snapshot.orTimeout(5, TimeUnit.SECONDS).join();
    }
  }

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
  void forgetEverything() {
    server.cli("FLUSHALL");
  }

  @AfterEach
  void closeNodes() {
    RedisNode.close(nodes);
  }

  @Test
  void anExpiryIsPublishedOnceHoweverManyServersNoticeIt() {
    Queue<String> published = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 3; i++) {
      node(Duration.ofMillis(400));
    }
    for (String channel : List.of("presence:online", "presence:offline", "presence:updates")) {
      nodes.getFirst().redis.subscribe(channel, (_, message) -> published.add(channel + " " + new String(message, StandardCharsets.UTF_8))).toCompletableFuture().join();
    }
    nodes.getFirst().online("m", 1);
    awaitEach("m-");
    nodes.getLast().online("after", 1);
    awaitEach("after+");
    assertThat(nodes).allSatisfy(node -> assertThat(node.heard).containsSubsequence("m+", "m-", "after+").hasSize(3));
    assertThat(nodes.stream().mapToLong(node -> node.presence.expired()).sum()).isEqualTo(1);
    assertThat(published.stream().filter(line -> line.contains("\"m\"")).map(line -> line.split(" ")[0]))
        .containsExactlyInAnyOrder("presence:online", "presence:updates", "presence:offline", "presence:updates");
    assertThat(server.cli("HGET", "presence:meta:m", "status")).containsExactly("offline");
  }

  @Test
  void whatOthersPublishIsToldAndWhatIsNoUpdateIsNot() {
    Node node = node(LONG);
    for (String garbage : List.of("", "null", "[]", "7", "{bad", "{}", "{\"userId\":7.5,\"status\":\"online\"}", "{\"userId\":1e3,\"status\":\"online\"}",
        "{\"userId\":\"a\\u0000\",\"status\":\"online\"}", "{\"userId\":true,\"status\":\"online\"}", "{\"userId\":\"x\"}", "{\"userId\":\"x\",\"status\":\"away\"}", "{\"userId\":null,\"status\":\"online\"}",
        "{\"userId\":\"" + "x".repeat(20_000) + "\",\"status\":\"online\"}", "{\"userId\":\"x\",\"status\":[\"online\"]}", "[".repeat(10_000))) {
      server.cli("PUBLISH", "presence:updates", garbage);
    }
    server.cli("PUBLISH", "presence:updates", "{\"userId\":\"test\",\"status\":\"online\"}");
    server.cli("PUBLISH", "presence:updates", "{\"userId\":\"test\",\"status\":\"online\"}");
    for (String channel : List.of("presence:offline", "presence:updates")) {
      server.cli("PUBLISH", channel, "{\"userId\":\"test\",\"status\":\"offline\",\"timestamp\":1763749999999,\"lastSeen\":\"yesterday\",\"deviceId\":{},\"more\":[1]}");
    }
    server.cli("PUBLISH", "presence:updates", "{\"userId\":\"odd\",\"status\":\"online\",\"timestamp\":-1e99}");
    server.cli("PUBLISH", "presence:updates", "{\"userId\":123,\"status\":\"online\"}");
    await(node, "123+");
    assertThat(node.heard).containsExactly("test+", "test+", "test-", "odd+", "123+");
  }

  @Test
  void aKeySetByHandIsInTheNextSnapshotAndItsEndIsNoticedThoughNobodyTells() {
    Node node = node(LONG);
    assertThat(node.snapshot().users()).isEmpty();
    server.cli("SET", "presence:user:by:hand", "1");
    RedisServer.await("the user", () -> node.snapshot().users().equals(List.of()) || node.snapshot().users().getFirst().userId().equals("by:hand"));
    RedisServer.await("the user", () -> node.snapshot().users().size() == 1);
    assertThat(node.snapshot().users().getFirst().userId()).isEqualTo("by:hand");
    assertThat(node.presence.online()).isEqualTo(1);
    server.cli("DEL", "presence:user:by:hand");
    await(node, "by:hand-");
    assertThat(node.snapshot().users()).isEmpty();
    assertThat(node.heard).containsExactly("by:hand-");
  }

  @Test
  void aServerThatCallsALivingUserOfflineIsAnsweredOnce() {
    Node node = node(LONG);
    node.online("m", 1);
    await(node, "m+");
    callOffline("m", 1);
    RedisServer.await("the answer", () -> node.heard.equals(List.of("m+", "m-", "m+")));
    assertThat(server.cli("EXISTS", "presence:user:m")).containsExactly("1");
    assertThat(server.cli("HGET", "presence:meta:m", "status")).containsExactly("online");
    callOffline("m", 2);
    node.online("after", 1);
    await(node, "after+");
    assertThat(node.heard).containsExactly("m+", "m-", "m+", "m-", "after+");
    node.beat("m", 1);
    RedisServer.await("the return", () -> node.heard.getLast().equals("m+"));
  }

  /** As the guide's own snippet publishes it: the same twice, and nothing of it in the keys. */
  @Test
  void whoIsCalledOfflineAgainBehindTheAnswerIsToldWithTheNextHeartbeat() {
    Node node = node(LONG);
    node.online("m", 1);
    await(node, "m+");
    String minimal = "{\"userId\":\"m\",\"status\":\"offline\"}";
    server.cli("PUBLISH", "presence:offline", minimal);
    RedisServer.await("the answer", () -> node.heard.contains("m-"));
    server.cli("PUBLISH", "presence:updates", minimal);
    node.online("after", 1);
    await(node, "after+");
    int told = node.heard.size();
    node.beat("m", 1);
    RedisServer.await("the return", () -> node.heard.subList(told, node.heard.size()).contains("m+"));
  }

  @Test
  void aUserWhoMovedAndLeftIsNotBroughtBackByTheServerBefore() {
    Node before = node(LONG);
    Node after = node(LONG);
    before.online("m", 1);
    await(after, "m+");
    after.online("m", 2);
    RedisServer.await("the move", () -> before.heard.equals(List.of("m+", "m+")));
    after.offline("m", 2);
    await(before, "m-");
    before.offline("m", 1);
    before.online("after", 1);
    await(after, "after+");
    assertThat(after.heard).containsExactly("m+", "m+", "m-", "after+");
    assertThat(server.cli("EXISTS", "presence:user:m")).containsExactly("0");
  }

  @Test
  void scriptsThatRedisForgotAreSentAgain() {
    Node node = node(LONG);
    node.online("m", 1);
    await(node, "m+");
    server.cli("SCRIPT", "FLUSH");
    node.beat("m", 1);
    node.offline("m", 1);
    await(node, "m-");
  }

  @Test
  void onlyWhatRoostAddsIsInTheMetadataBesidesTheFieldsOfAll() {
    Node node = node(LONG);
    node.online("m", 7);
    await(node, "m+");
    assertThat(server.cli("GET", "presence:user:m")).containsExactly("1");
    assertThat(Long.parseLong(server.cli("PTTL", "presence:user:m").getFirst())).isBetween(1L, LONG.toMillis());
    assertThat(server.cli("HKEYS", "presence:meta:m")).containsExactlyInAnyOrder("status", "lastSeen", "deviceId", "role", "roostConn", "roostTs");
    assertThat(server.cli("HMGET", "presence:meta:m", "status", "deviceId", "role", "roostConn")).containsExactly("online", "device-of-m7", "mobile", "7:c7");
    assertThat(server.cli("PTTL", "presence:meta:m")).containsExactly("-1");
  }

  @Test
  void aSnapshotOfManyIsWholeAndWaitersShareIt() {
    int users = 2500;
    server.cli("EVAL", "for i = 1, ARGV[1] do redis.call('SET', 'presence:user:u' .. i, '1') redis.call('HSET', 'presence:meta:u' .. i, 'status', 'online', 'lastSeen', 5, 'deviceId', 'd' .. i) end", "0",
        Integer.toString(users));
    Node late = node(LONG);
    List<CompletableFuture<Snapshot>> snapshots = new CopyOnWriteArrayList<>();
    late.loop.run(() -> {
      for (int i = 0; i < 50; i++) {
        snapshots.add(late.presence.snapshot().toCompletableFuture());
      }
    });
    List<Snapshot> all = snapshots.stream().map(snapshot -> snapshot.orTimeout(5, TimeUnit.SECONDS).join()).toList();
    assertThat(all.getFirst().users()).hasSize(users).allMatch(Status::isOnline).allMatch(user -> user.deviceId().isPresent() && user.lastSeen() == 5);
    assertThat(all).allMatch(snapshot -> snapshot.users() == all.getFirst().users());
  }

  @Test
  void oneKeyOfAnotherKindSpoilsNothing() {
    Node node = node(LONG);
    node.online("m", 1);
    await(node, "m+");
    server.cli("SET", "presence:meta:bad", "x");
    server.cli("SET", "presence:user:bad", "1");
    server.cli("LPUSH", "presence:user:worse", "x");
    server.cli("HSET", "presence:meta:worse", "lastSeen", "soon");
    server.cli("SET", "presence:user:no\u0001id", "1");
    RedisServer.await("the users", () -> node.snapshot().users().size() == 3);
    assertThat(node.snapshot().users()).extracting(Status::userId).containsExactlyInAnyOrder("m", "bad", "worse");
    assertThat(node.snapshot().users()).allMatch(user -> user.lastSeen() > 0);
    List<Status> statuses = node.<List<Status>>ask(answer -> node.presence.statuses(List.of("bad", "m", "nobody", "worse", "bad")).thenAccept(answer));
    assertThat(statuses).extracting(Status::isOnline).containsExactly(true, true, false, true, true);
    assertThat(statuses.get(1).deviceId()).contains("device-of-m1");
    assertThat(statuses.get(2)).isEqualTo(Status.unknown("nobody"));
  }

  private Node node(Duration ttl) {
    Node node = new Node();
    nodes.add(node);
    node.presence = node.presence(ttl, node);
    return node;
  }

  /** As servers of another make do it, which know nothing of ours; in one step, so that no sweep comes in between. */
  private static void callOffline(String userId, int time) {
    String update = "{\"type\":\"presence_update\",\"userId\":\"" + userId + "\",\"status\":\"offline\",\"timestamp\":" + time + "}";
    server.cli("EVAL", "redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[2], 'status', 'offline', 'lastSeen', 5) redis.call('PUBLISH', 'presence:offline', ARGV[1]) redis.call('PUBLISH', 'presence:updates', ARGV[1])", "2",
        "presence:user:" + userId, "presence:meta:" + userId, update);
  }

  private void awaitEach(String line) {
    nodes.forEach(node -> await(node, line));
  }

  private static void await(Node node, String line) {
    RedisServer.await(line + " in " + node.heard, () -> node.heard.contains(line));
  }
}
