package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whom a watcher wants to hear of: section 2.3, scenario 36. */
class SubscriptionTest {
  private PttWorld world = new PttWorld();

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
    world.member("A", "g");
    world.member("B", "h");
    w.forget();
    assertThat(w.subscribe("groups", List.of("g")).snapshot()).containsExactly("A");
    assertThat(w.subscribe("groups", List.of("h")).snapshot()).containsExactly("B");
    assertThat(w.subscribe("groups", List.of()).snapshot()).isEmpty();
    assertThat(w.subscribe("userIds", List.of("A")).snapshot()).containsExactly("A");
    Map<String, Object> nulls = new LinkedHashMap<>(Map.of("type", "presence_subscribe"));
    nulls.put("groups", null);
    nulls.put("userIds", Packed.UNDEFINED);
    nulls.put("batch", null);
    assertThat(w.send(0, 32, "W", 0, nulls).snapshot()).containsExactlyInAnyOrder("A", "B");
    assertThat(w.subscribe("userIds", List.of(5, "B")).snapshot()).containsExactly("B");
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
  @DisplayName("17. What somebody else publishes, without a device, reaches each watcher as it is")
  void foreign() {
    PttUser w = world.watcher("W").forget();
    world.run(() -> world.board.changed(new Update("test", true, 5, 5, Optional.empty(), Optional.empty(), world.loop.nanos())));
    assertThat(w.expect(31).map()).isEqualTo(Map.of("type", "presence_update", "userId", "test", "status", "online", "timestamp", 5L, "lastSeen", 5L));
    w.nothing();
  }

  private static void note(Set<String> online, Packed update) {
    String userId = (String) update.map().get("userId");
    if (update.map().get("status").equals("online")) {
      online.add(userId);
    } else {
      online.remove(userId);
    }
  }
}
