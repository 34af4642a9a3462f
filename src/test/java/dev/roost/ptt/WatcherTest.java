package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Snapshot, then updates; windows and subscriptions: section 2.3, scenarios 3 and 36. */
class WatcherTest {
  private PttWorld world = new PttWorld();

  // ---- Snapshot first

  @Test
  @DisplayName("3. Snapshot first: six elements, only online users, as many as are counted")
  void snapshot() {
    world.mobileOn("d1", "A");
    world.pass(100);
    world.mobileOn("d2", "B");
    world.mobile("gone").leave();
    world.watcher("V");
    PttUser w = world.watcher("W");
    Packed snapshot = w.expect(32);
    w.nothing();
    assertThat(snapshot.values()).hasSize(6).startsWith(0L, 32L, 0L, "W");
    assertThat(snapshot.text(4)).isNotEmpty();
    long now = world.nowMillis();
    assertThat(snapshot.map().get("timestamp")).isEqualTo(now);
    assertThat(snapshot.map().get("totalOnline")).isEqualTo(2L);
    assertThat((List<?>) snapshot.map().get("users")).asInstanceOf(InstanceOfAssertFactories.LIST).containsExactlyInAnyOrder(
        Map.of("userId", "A", "status", "online", "lastSeen", now - 100, "deviceId", "d1"), Map.of("userId", "B", "status", "online", "lastSeen", now, "deviceId", "d2"));
    assertThat(snapshot.map()).hasSize(3);
  }

  @Test
  @DisplayName("3. 3 mobiles online and one flapping while 50 watchers connect: snapshot and updates always add up to the truth")
  void flapping() {
    Stream.of("A", "B", "C").forEach(world::mobile);
    List<PttUser> watchers = new ArrayList<>();
    PttUser flapping = null;
    for (int i = 0; i < 50; i++) {
      world.isBesideHeld = i % 3 != 0;
      watchers.add(world.watcher("W" + i));
      for (int j = 0; j <= i % 4; j++) {
        if (flapping == null) {
          flapping = world.mobile("F");
        } else {
          flapping.leave();
          flapping = null;
        }
      }
      world.freeBeside();
      world.pass(i % 2 == 0 ? 0 : 70);
    }
    world.pass(PttWorld.WINDOW);
    Set<String> truth = flapping == null ? Set.of() : Set.of("F");
    for (PttUser watcher : watchers) {
      assertThat(follow(watcher)).isEqualTo(truth);
    }
  }

  /** What a watcher believes that has followed everything from its first snapshot on; the three that never beat are offline by now. */
  private static Set<String> follow(PttUser watcher) {
    Set<String> online = new HashSet<>();
    boolean isFirst = true;
    for (Packed message : watcher.take()) {
      if (message.type() == 32) {
        assertThat(isFirst).isTrue();
        online.addAll(PttUser.online(message));
      } else {
        assertThat(isFirst).as("nothing precedes the snapshot").isFalse();
        note(online, message);
      }
      isFirst = false;
    }
    online.removeAll(Set.of("A", "B", "C"));
    return online;
  }

  private static void note(Set<String> online, Packed update) {
    String userId = (String) update.map().get("userId");
    if (update.map().get("status").equals("online")) {
      online.add(userId);
    } else {
      online.remove(userId);
    }
  }

  @Test
  @DisplayName("2.3 Changes between the question and the snapshot: those newer than it follow it, those in it do not")
  void changesWhileTheSnapshotIsMade() {
    PttUser a = world.mobile("A");
    world.mobile("B");
    world.presence.isHeld = true;
    PttUser w = world.watcher("W");
    world.mobile("C");
    world.presence.free();
    world.isBesideHeld = true;
    world.run(() -> { });
    a.leave();
    world.mobile("D");
    PttUser e = world.mobile("E");
    e.leave();
    w.nothing();
    world.freeBeside();
    assertThat(PttUser.online(w.expect(32))).containsExactlyInAnyOrder("A", "B", "C");
    assertThat(w.news()).containsExactlyInAnyOrder("A offline", "D online");
    world.pass(PttWorld.WINDOW);
    w.nothing();
  }

  @Test
  @DisplayName("2.3 A user who came with another device than the snapshot says is news")
  void anotherDevice() {
    world.mobileOn("d1", "A");
    world.isBesideHeld = true;
    PttUser w = world.watcher("W");
    world.mobileOn("d2", "A");
    world.freeBeside();
    w.expect(32);
    assertThat(w.expect(31).map().get("deviceId")).isEqualTo("d2");
    w.nothing();
  }

  @Test
  @DisplayName("2.3 A snapshot that cannot be had is asked for again, each second, and nothing precedes it")
  void snapshotFails() {
    world.presence.isDown = true;
    PttUser w = world.watcher("W");
    world.pass(2_500);
    world.presence.isDown = false;
    world.mobile("A");
    w.nothing();
    world.pass(499);
    w.nothing();
    world.pass(1);
    assertThat(w.snapshot()).containsExactly("A");
    world.pass(1_000);
    w.nothing();
  }

  @Test
  @DisplayName("2.3 After Redis returns every live watcher gets a fresh snapshot, behind which changes go on")
  void recovered() {
    PttUser w = world.watcher("W").forget();
    PttUser v = world.watcher("V").forget();
    PttUser a = world.mobile("A");
    world.run(world.board::lost);
    w.forget();
    v.forget();
    world.run(world.board::recovered);
    assertThat(w.snapshot()).containsExactly("A");
    assertThat(v.snapshot()).containsExactly("A");
    world.pass(PttWorld.WINDOW);
    a.leave();
    assertThat(w.news()).containsExactly("A offline");
  }

  @Test
  @DisplayName("2.3 Recovered while a snapshot is on its way: it is sent, another follows, and everything adds up")
  void recoveredTwice() {
    PttUser w = world.watcher("W").forget();
    PttUser a = world.mobile("A");
    w.forget();
    world.isBesideHeld = true;
    world.run(world.board::recovered);
    a.leave();
    world.run(world.board::recovered);
    world.mobile("B");
    world.freeBeside();
    assertThat(PttUser.online(w.expect(32))).containsExactly("A");
    assertThat(w.news()).containsExactly("A offline", "B online");
    world.pass(1_999);
    w.forget();
    world.mobile("C");
    assertThat(w.news()).containsExactly("C online");
    world.pass(1);
    assertThat(w.snapshot()).contains("C").doesNotContain("A");
  }

  @Test
  @DisplayName("2.3 A Redis that comes and goes all the time: a snapshot in two seconds")
  void recoveredAgainAndAgain() {
    PttUser w = world.watcher("W").forget();
    for (int i = 0; i < 500; i++) {
      world.run(world.board::recovered);
      world.pass(10);
    }
    assertThat(w.types()).containsExactly(32, 32, 32);
    world.pass(1_000);
    assertThat(w.types()).containsExactly(32);
    world.pass(10_000);
    w.nothing();
  }

  @Test
  @DisplayName("2.3 Recovered while the groups of a subscription are looked up: they are looked up again, and the subscription counts")
  void recoveredWhileSubscribing() {
    PttUser w = world.watcher("W").forget();
    world.member("A", "g");
    world.mobile("B");
    world.pass(PttWorld.WINDOW);
    w.forget();
    world.registry.hold();
    w.subscribe("groups", List.of("x", "g"));
    world.run(world.board::recovered);
    w.nothing();
    world.registry.free();
    world.loop.run();
    assertThat(w.snapshot()).containsExactly("A");
  }

  // ---- The window

  @Test
  @DisplayName("2.3 A change is sent at once if there was none in the last window; others wait for its end, the last state of each user")
  void window() {
    PttUser w = world.watcher("W").forget();
    world.mobile("A");
    assertThat(w.news()).containsExactly("A online");
    world.pass(50);
    PttUser b = world.mobile("B");
    PttUser c = world.mobile("C");
    b.leave();
    c.leave();
    world.mobile("C");
    world.pass(149);
    w.nothing();
    world.pass(1);
    assertThat(w.news()).containsExactly("B offline", "C online");
    world.pass(199);
    world.mobile("D");
    w.nothing();
    world.pass(1);
    assertThat(w.news()).containsExactly("D online");
    world.pass(200);
    world.mobile("E");
    assertThat(w.news()).containsExactly("E online");
  }

  @Test
  @DisplayName("2.3 Without batch there is always one frame per user")
  void oneFramePerUser() {
    PttUser w = world.watcher("W").forget();
    for (int i = 0; i < 30; i++) {
      world.mobile("u" + i);
    }
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).hasSize(30).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("2.3 PRESENCE_BATCH_WINDOW_MS=0: every change at once")
  void noWindow() {
    world = new PttWorld("PRESENCE_BATCH_WINDOW_MS", "0");
    PttUser w = world.watcher("W").forget();
    PttUser a = world.mobile("A");
    a.leave();
    world.mobile("A");
    assertThat(w.news()).containsExactly("A online", "A offline", "A online");
  }

  @Test
  @DisplayName("7. The latency of each change that was told is measured once, however many watchers there are; of one that nobody was told it is not")
  void latency() {
    PttUser w = world.watcher("W");
    PttUser v = world.watcher("V").subscribe("userIds", List.of("u1"), "batch", true);
    List<PttUser> users = IntStream.range(0, 5).mapToObj(i -> world.mobile("u" + i)).toList();
    users.getFirst().leave();
    users.get(1).leave();
    w.leave();
    world.pass(PttWorld.WINDOW);
    v.subscribe("groups", List.of("none"));
    users.get(2).leave();
    world.pass(PttWorld.WINDOW);
    assertThat(world.figures.updateLatency.counts().stream().mapToLong(count -> count).sum()).isEqualTo(3);
  }

  // ---- Subscription

  @Test
  @DisplayName("36. Subscription: a filtered snapshot, then only changes of members and of those who are listed")
  void subscription() {
    PttUser w = world.watcher("W").forget();
    PttUser in = world.member("in", "g");
    PttUser token = world.mobile("token", "g");
    PttUser out = world.member("out", "h");
    PttUser listed = world.mobile("listed");
    world.mobile("other");
    w.forget();
    w.subscribe("groups", List.of("g", "nobody's"), "userIds", List.of("listed", "absent"));
    assertThat(w.snapshot()).containsExactlyInAnyOrder("in", "token", "listed");
    world.pass(PttWorld.WINDOW);
    for (PttUser user : List.of(out, in, listed, token)) {
      user.leave();
    }
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactlyInAnyOrder("in offline", "listed offline", "token offline");
    world.mobile("in");
    world.mobile("absent");
    world.mobile("out");
    world.mobile("token");
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactlyInAnyOrder("in online", "absent online");
  }

  @Test
  @DisplayName("36. Members of a token come and go with their connections, and the watcher of the group hears both")
  void tokenMembers() {
    PttUser w = world.watcher("W").subscribe("groups", List.of("g")).forget();
    PttUser m = world.mobile("M", "g");
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).contains("M online").doesNotContain("M offline");
    m.leave();
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactly("M offline");
  }

  @Test
  @DisplayName("36. Who joins the group while online is told to its watchers, and whose user joins while offline is not")
  void joins() {
    PttUser w = world.watcher("W").subscribe("groups", List.of("g")).forget();
    PttUser m = world.mobile("M");
    w.nothing();
    m.join("g");
    assertThat(w.news()).containsExactly("M online");
    world.pass(PttWorld.TTL);
    assertThat(w.news()).containsExactly("M offline");
    PttUser n = world.mobile("N");
    world.pass(PttWorld.TTL);
    n.join("g");
    world.pass(PttWorld.WINDOW);
    w.nothing();
  }

  @Test
  @DisplayName("36. USER_ADD and the end of the connection in one breath: the last word is offline")
  void joinsAndLeaves() {
    PttUser w = world.watcher("W").subscribe("groups", List.of("g")).forget();
    PttUser m = world.mobile("M");
    m.sendLater(0, 15, "M", "g").leaveLater();
    world.pass(PttWorld.WINDOW);
    List<String> news = w.news();
    assertThat(news.isEmpty() || news.getLast().equals("M offline")).as("%s", news).isTrue();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("36. Who joins while the filtered snapshot is on its way is not lost")
  void joinsBeforeTheSnapshot() {
    PttUser w = world.watcher("W").forget();
    PttUser m = world.mobile("M");
    w.forget();
    world.isBesideHeld = true;
    w.subscribe("groups", List.of("g"));
    m.join("g");
    world.freeBeside();
    world.pass(PttWorld.WINDOW);
    Set<String> online = new HashSet<>();
    for (Packed message : w.take()) {
      if (message.type() == 32) {
        online.addAll(PttUser.online(message));
      } else {
        note(online, message);
      }
    }
    assertThat(online).containsExactly("M");
  }

  @Test
  @DisplayName("36. batch: 100 changes in 50 ms are at most two frames")
  void batch() {
    PttUser w = world.watcher("W").subscribe("batch", true).forget();
    for (int i = 0; i < 100; i++) {
      world.mobileOn("d", "u" + i);
      if (i % 2 == 0) {
        world.pass(1);
      }
    }
    world.pass(PttWorld.WINDOW);
    List<Packed> frames = w.take();
    assertThat(frames).hasSizeLessThanOrEqualTo(2);
    Packed batch = frames.getLast();
    assertThat(batch.values()).hasSize(6).startsWith(0L, 31L, 0L, "broadcast");
    assertThat(batch.map().get("type")).isEqualTo("presence_batch");
    assertThat(batch.map().get("timestamp")).isEqualTo(world.nowMillis() - 50);
    assertThat(batch.map()).hasSize(3);
    List<?> updates = (List<?>) batch.map().get("updates");
    assertThat(updates).hasSize(99);
    assertThat((Map<?, ?>) updates.getFirst()).hasSize(7).containsEntry(cast("type"), cast("presence_update")).containsEntry(cast("status"), cast("online"));
  }

  @SuppressWarnings("unchecked")
  private static <T> T cast(String text) {
    return (T) text;
  }

  @Test
  @DisplayName("36. The next subscription replaces the last; without groups and users it is everybody again")
  void again() {
    PttUser w = world.watcher("W").forget();
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "h");
    w.forget();
    assertThat(w.subscribe("groups", List.of("g")).snapshot()).containsExactly("A");
    world.pass(1_000);
    assertThat(w.subscribe("groups", List.of("h")).snapshot()).containsExactly("B");
    world.pass(999);
    a.heartbeat();
    b.heartbeat();
    w.subscribe("groups", List.of()).nothing();
    world.pass(1);
    assertThat(w.snapshot()).isEmpty();
    world.pass(1_000);
    assertThat(w.subscribe("userIds", List.of("A")).snapshot()).containsExactly("A");
    world.pass(900);
    a.heartbeat();
    b.heartbeat();
    world.pass(100);
    Map<String, Object> nulls = new LinkedHashMap<>(Map.of("type", "presence_subscribe"));
    nulls.put("groups", null);
    nulls.put("userIds", Packed.UNDEFINED);
    nulls.put("batch", null);
    assertThat(w.send(0, 32, "W", 0, nulls).snapshot()).containsExactlyInAnyOrder("A", "B");
    world.pass(1_000);
    assertThat(w.subscribe("userIds", List.of(5, "B")).snapshot()).containsExactly("B");
  }

  @Test
  @DisplayName("2.3 60 subscriptions a second: a snapshot a second, and the last one counts")
  void subscribesAgainAndAgain() {
    world = new PttWorld("PRESENCE_TTL", "60");
    PttUser w = world.watcher("W").forget();
    world.mobile("A");
    world.mobile("B");
    world.pass(PttWorld.WINDOW);
    w.forget();
    for (int i = 0; i < 180; i++) {
      w.subscribe("userIds", List.of(i % 2 == 0 ? "A" : "B"));
      world.pass(16);
    }
    List<Packed> frames = w.take();
    assertThat(frames).hasSize(3).allMatch(frame -> frame.type() == 32);
    assertThat(PttUser.online(frames.getFirst())).containsExactly("A");
    world.pass(1_000);
    assertThat(w.snapshot()).containsExactly("B");
    world.pass(10_000);
    w.nothing();
  }

  @Test
  @DisplayName("2.3 A subscription waits until the snapshot of the one before is sent; of those between nothing is heard, and what was subscribed to is heard until then")
  void subscribesWhileTheSnapshotIsMade() {
    world = new PttWorld("PRESENCE_TTL", "60");
    PttUser w = world.watcher("W").forget();
    PttUser a = world.mobile("A");
    world.mobile("B");
    world.mobile("C");
    world.pass(PttWorld.WINDOW);
    w.forget();
    world.isBesideHeld = true;
    for (String userId : List.of("A", "B", "C")) {
      w.subscribe("userIds", List.of(userId));
    }
    world.pass(5_000);
    a.leave();
    w.nothing();
    world.freeBeside();
    assertThat(PttUser.online(w.expect(32))).containsExactly("A");
    assertThat(w.expect(31).map().get("status")).isEqualTo("offline");
    assertThat(w.snapshot()).containsExactly("C");
    world.pass(10_000);
    w.nothing();
  }

  @ParameterizedTest
  @MethodSource
  @DisplayName("3.3 A subscription that is none: INVALID_SUBSCRIPTION, and all stays as it was")
  void invalid(Object payload) {
    PttUser w = world.watcher("W").forget();
    w.send(0, 32, "W", 0, payload);
    assertThat(w.expect(5).map().get("code")).isEqualTo("INVALID_SUBSCRIPTION");
    w.send(0, 32, "W", 0, payload).nothing();
    world.mobile("M");
    assertThat(w.news()).containsExactly("M online");
    world.pass(25_000);
    w.forget();
    w.send(0, 32, "W", 0, payload);
    assertThat(w.types()).containsExactly(5);
  }

  static Stream<Object> invalid() {
    List<String> many = IntStream.range(0, 1_001).mapToObj(i -> "u" + i).toList();
    return Stream.of("presence_subscribe", 5, List.of(), Packed.UNDEFINED, Map.of(), Map.of("type", "subscribe"), Map.of("type", 5), Map.of("groups", List.of("g")),
        subscription("groups", "g"), subscription("groups", Map.of()), subscription("groups", List.of(1.5)), subscription("groups", List.of("")), subscription("groups", List.of("x".repeat(129))),
        subscription("groups", List.of(List.of("g"))), subscription("groups", many.subList(0, 101)), subscription("userIds", many), subscription("userIds", 7), subscription("userIds", List.of("a\u0000")),
        subscription("batch", "yes"), subscription("batch", 1), Map.of(1, 2));
  }

  private static Map<String, Object> subscription(String name, Object value) {
    return Map.of("type", "presence_subscribe", name, value);
  }

  @Test
  @DisplayName("2.3 100 groups and 1000 users are not too many")
  void largest() {
    PttUser w = world.watcher("W").forget();
    world.member("A", "g99");
    world.mobile("u999");
    world.pass(PttWorld.WINDOW);
    w.forget();
    w.subscribe("groups", IntStream.range(0, 100).mapToObj(i -> "g" + i).toList(), "userIds", IntStream.range(0, 1_000).mapToObj(i -> "u" + i).toList());
    assertThat(w.snapshot()).containsExactlyInAnyOrder("A", "u999");
    assertThat(world.figure("groups")).isEqualTo(100);
    w.leave();
    assertThat(world.figure("groups")).isEqualTo(1);
  }

  @Test
  @DisplayName("3.3 A subscription of a mobile: SUBSCRIBE_NOT_ALLOWED, once per 25 s")
  void mobileSubscribes() {
    PttUser m = world.mobile("M").subscribe("groups", List.of("g"));
    assertThat(m.expect(5).map().get("code")).isEqualTo("SUBSCRIBE_NOT_ALLOWED");
    world.pass(24_999);
    m.subscribe().nothing();
    world.pass(1);
    m.subscribe();
    assertThat(m.types()).containsExactly(5);
    assertThat(m.closed()).isEmpty();
  }

  @Test
  @DisplayName("2.3 Subscribing again and again while groups are being loaded: the last one counts, and no group is kept")
  void lateGroups() {
    PttUser w = world.watcher("W").forget();
    world.member("A", "g");
    world.member("B", "h");
    world.pass(PttWorld.WINDOW);
    w.forget();
    world.registry.hold();
    w.subscribe("groups", List.of("x", "g"));
    w.subscribe("groups", List.of("y", "h"));
    w.nothing();
    world.registry.free();
    world.loop.run();
    assertThat(w.snapshot()).containsExactly("B");
    assertThat(world.figure("groups")).isEqualTo(3);
    world.registry.hold();
    w.subscribe("groups", List.of("z"));
    w.leave();
    world.registry.free();
    world.loop.run();
    assertThat(world.figure("groups")).isEqualTo(2);
  }

  @Test
  @DisplayName("2.3 The groups of a subscription that a newer one has replaced are looked up no more")
  void forgottenLookups() {
    PttUser w = world.watcher("W").forget();
    world.registry.hold();
    w.subscribe("groups", List.of("a", "b", "c"));
    w.subscribe("groups", List.of("x"));
    w.subscribe("groups", List.of("z"));
    String first = world.registry.questions().getFirst();
    assertThat(world.registry.questions()).hasSize(1);
    world.run(() -> world.registry.answer(first));
    assertThat(world.registry.questions()).containsExactly("members z");
    w.leave();
    world.run(() -> world.registry.answer("members z"));
    assertThat(world.registry.questions()).isEmpty();
    assertThat(world.figure("groups")).isZero();
  }

  @Test
  @DisplayName("2.3 A snapshot is written once for all who want everybody; each frame has its own address and its own id")
  void oneSnapshotForAll() {
    world.mobile("A");
    Snapshot first = world.presence.snapshot().toCompletableFuture().join();
    Packed w = world.watcher("W").expect(32);
    Packed v = world.watcher("V").expect(32);
    byte[] body = first.encoded(snapshot -> {
      throw new AssertionError("It has been written");
    });
    assertThat(body).isNotEmpty();
    assertThat(w.values().get(3)).isEqualTo("W");
    assertThat(v.values().get(3)).isEqualTo("V");
    assertThat(v.text(4)).isNotEqualTo(w.text(4));
    assertThat(v.map()).isEqualTo(w.map());
    world.mobile("B");
    assertThat(world.watcher("X").snapshot()).containsExactlyInAnyOrder("A", "B");
  }

  @Test
  @DisplayName("17. What somebody else publishes, without a device, reaches each watcher as it is")
  void foreign() {
    PttUser w = world.watcher("W").forget();
    world.run(() -> world.board.changed(new Update("test", true, 5, 5, Optional.empty(), Optional.empty(), world.loop.nanos())));
    assertThat(w.expect(31).map()).isEqualTo(Map.of("type", "presence_update", "userId", "test", "status", "online", "timestamp", 5L, "lastSeen", 5L));
    w.nothing();
  }
}
