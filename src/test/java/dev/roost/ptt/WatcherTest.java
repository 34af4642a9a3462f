package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Snapshot, then updates, in windows: section 2.3, scenario 3. */
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
  @DisplayName("2.3 Recovered while a snapshot is on its way: one snapshot, and everything adds up")
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
    assertThat(PttUser.online(w.expect(32))).isEmpty();
    assertThat(w.news()).containsExactly("B online");
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
  @DisplayName("7. The latency of each change is measured once, however many watchers there are, and whatever became of them")
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
    assertThat(world.figures.updateLatency.counts().stream().mapToLong(count -> count).sum()).isEqualTo(8);
  }
}
