package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One active connection of a mobile user, several of a watcher: section 2.1, scenarios 11, 12 and 24. */
class LoginTest {
  private PttWorld world = new PttWorld();

  @Test
  @DisplayName("11. Quick reconnect, 100 times with the same device: never offline, no LOGIN_DUPLICATED, reachable at the end")
  void quickReconnect() {
    PttUser w = world.watcher("W").forget();
    List<PttUser> all = new ArrayList<>(List.of(world.mobile("M")));
    for (int i = 0; i < 100; i++) {
      world.pass(i % 7);
      all.add(world.mobile("M"));
      PttUser old = all.get(all.size() - 2);
      assertThat(old.closed()).hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo(1000));
      old.nothing();
      if (i % 3 == 0) {
        old.leave();
      }
    }
    all.subList(0, 100).forEach(PttUser::leave);
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsOnly("M online");
    assertThat(world.status("M").isOnline()).isTrue();
    world.mobile("N").call("M");
    assertThat(all.getLast().types()).containsExactly(1);
    assertThat(world.figure("mobiles")).isEqualTo(2);
    assertThat(world.figures.duplicateLogins.sum()).isZero();
  }

  @Test
  @DisplayName("12. Other device: the old one hears type 9 and is closed 1000; the new device counts, and nobody is offline in between")
  void otherDevice() {
    PttUser w = world.watcher("W").forget();
    PttUser old = world.mobileOn("d1", "M");
    PttUser now = world.mobileOn("d2", "M");
    Packed duplicated = old.expect(9);
    old.nothing();
    assertThat(duplicated.values()).hasSize(5).startsWith(1L, 9L, 0L, "M");
    assertThat(duplicated.text(4)).contains("M", "d2");
    assertThat(old.closed().orElseThrow().code()).isEqualTo(1000);
    old.leave();
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsOnly("M online");
    assertThat(world.status("M")).isEqualTo(new Status("M", true, world.nowMillis() - PttWorld.WINDOW, Optional.of("d2")));
    now.nothing();
    assertThat(now.closed()).isEmpty();
    assertThat(world.figures.duplicateLogins.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.1 The device of the last login counts, though its connection has gone long ago")
  void deviceIsRemembered() {
    world.mobileOn("d1", "M").leave();
    PttUser second = world.mobileOn("d2", "M");
    PttUser third = world.mobileOn("d2", "M");
    second.nothing();
    assertThat(second.closed()).isPresent();
    world.mobileOn("d1", "M");
    third.expect(9);
  }

  @Test
  @DisplayName("2.1 A connection that was replaced counts no more: neither what it still sends, nor its end")
  void replacedIsOver() {
    PttUser old = world.mobileOn("phone", "M", "g");
    PttUser other = world.member("X", "g");
    PttUser now = world.mobileOn("phone", "M", "g");
    other.forget();
    now.start("g").expect(6);
    other.expect(1);
    old.audio("g", 1).stop("g").heartbeat().send(1, 17, "M", "X", "text").quit("g");
    world.pass(100);
    old.leave();
    other.nothing();
    now.nothing();
    now.audio("g", 2);
    other.expect(0, 3, "M", "g", new byte[] {2});
    assertThat(world.figures.heartbeats.sum()).isZero();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("2.1 A connection that is replaced while it speaks: members hear STOP, and the floor is free")
  void replacedWhileSpeaking() {
    PttUser old = world.mobileOn("phone", "M", "g");
    PttUser other = world.member("X", "g");
    old.start("g");
    other.expect(1);
    PttUser now = world.mobileOn("phone", "M", "g");
    other.expect(2);
    other.start("g").expect(6);
    now.expect(1);
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: all stay, all are reached; online while one lives, with the latest device")
  void allow() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser w = world.watcher("W").forget();
    PttUser phone = world.mobileOn("phone", "M");
    PttUser tablet = world.mobileOn("tablet", "M");
    assertThat(phone.closed()).isEmpty();
    phone.nothing();
    assertThat(world.status("M").deviceId()).hasValue("tablet");
    world.mobile("N").call("M");
    assertThat(phone.types()).containsExactly(1);
    assertThat(tablet.types()).containsExactly(1);
    world.pass(PttWorld.WINDOW);
    w.forget();
    phone.leave();
    world.pass(PttWorld.WINDOW);
    w.nothing();
    assertThat(world.status("M").isOnline()).isTrue();
    assertThat(world.status("M").deviceId()).hasValue("tablet");
    tablet.leave();
    assertThat(w.news()).containsExactly("M offline");
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: heartbeats of the older connection keep the user online and the latest device")
  void allowMetadata() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "M");
    world.mobileOn("tablet", "M");
    world.pass(1_500);
    phone.heartbeat();
    world.pass(1_500);
    assertThat(world.status("M").isOnline()).isTrue();
    assertThat(world.status("M").deviceId()).hasValue("tablet");
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: the newest goes first, and the end of the older one is the end")
  void allowNewestFirst() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser w = world.watcher("W").forget();
    PttUser phone = world.mobileOn("phone", "M");
    PttUser tablet = world.mobileOn("tablet", "M");
    world.pass(2 * PttWorld.WINDOW);
    w.forget();
    tablet.leave();
    w.nothing();
    assertThat(world.status("M").isOnline()).isTrue();
    phone.leave();
    assertThat(w.news()).containsExactly("M offline");
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: of ten connections of a user the oldest is closed when one more comes")
  void allowTen() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser first = world.mobileOn("phone 0", "M", "g");
    PttUser b = world.member("B", "g");
    first.start("g").expect(6);
    PttUser second = world.mobileOn("phone 1", "M", "g");
    for (int i = 2; i < 10; i++) {
      world.mobileOn("phone " + i, "M", "g");
    }
    assertThat(first.closed()).isEmpty();
    PttUser last = world.mobileOn("phone 10", "M", "g");
    assertThat(first.closed()).hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo(1000));
    assertThat(b.types()).containsExactly(1, 2);
    assertThat(second.closed()).isEmpty();
    assertThat(world.status("M").isOnline()).isTrue();
    last.start("g").audio("g", 1).forget();
    second.nothing();
    assertThat(b.types()).containsExactly(1, 3);
  }

  @Test
  @DisplayName("24. Watchers of one user stay side by side and get each update once; one tab's end leaves the other working")
  void twoTabs() {
    PttUser first = world.watcher("W").forget();
    PttUser second = world.watcher("W").forget();
    assertThat(first.closed()).isEmpty();
    PttUser m = world.mobile("M");
    assertThat(first.news()).containsExactly("M online");
    assertThat(second.news()).containsExactly("M online");
    first.leave();
    m.leave();
    world.pass(PttWorld.WINDOW);
    assertThat(second.news()).containsExactly("M offline");
    first.nothing();
    assertThat(world.statuses("W")).containsExactly(Status.unknown("W"));
  }

  @Test
  @DisplayName("2.1 Beyond ten watchers of a user the oldest is closed with 1000")
  void tooManyWatchers() {
    List<PttUser> tabs = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      tabs.add(world.watcher("W"));
    }
    PttUser other = world.watcher("V");
    assertThat(tabs.subList(0, 2)).allSatisfy(tab -> assertThat(tab.closed().orElseThrow().code()).isEqualTo(1000));
    assertThat(tabs.subList(2, 12)).allSatisfy(tab -> assertThat(tab.closed()).isEmpty());
    tabs.forEach(PttUser::forget);
    other.forget();
    tabs.getFirst().leave();
    world.mobile("M");
    assertThat(tabs.getFirst().news()).isEmpty();
    assertThat(tabs.getLast().news()).containsExactly("M online");
    assertThat(world.figure("watchers")).isEqualTo(11);
  }

  @Test
  @DisplayName("2.1 A mobile and a watcher of the same user do not replace each other, and both are reached")
  void bothKinds() {
    PttUser page = world.watcher("M").forget();
    PttUser phone = world.mobile("M");
    assertThat(page.news()).containsExactly("M online");
    assertThat(page.closed()).isEmpty();
    world.mobile("M");
    assertThat(page.closed()).isEmpty();
    assertThat(phone.closed()).isPresent();
    page.forget();
    world.mobile("N").send(1, 17, "N", "M", "hi");
    world.pass(PttWorld.WINDOW);
    assertThat(page.types()).contains(17);
    page.leave();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("24. After 100 connects and disconnects of a dashboard nothing of it is left")
  void nothingIsLeft() {
    int timers = world.loop.timers();
    for (int i = 0; i < 100; i++) {
      PttUser w = world.watcher("W").subscribe("groups", List.of("g", "h"), "batch", true);
      PttUser m = world.mobile("M", "g");
      world.mobile("N", "g").leave();
      world.pass(10);
      m.start("g").stop("g");
      w.leave();
      m.leave();
    }
    world.pass(PttWorld.TTL);
    assertThat(world.isEmpty()).as("%s", world.board.figures()).isTrue();
    assertThat(world.loop.timers()).isEqualTo(timers);
  }

  @Test
  @DisplayName("1.4 Shutdown: everybody is closed with 1001 and offline; who comes later is sent away, and what it sends does nothing")
  void shutdown() {
    PttUser m = world.mobile("M", "g");
    PttUser w = world.watcher("W");
    m.start("g");
    world.run(world.board::shutdown);
    for (PttUser user : List.of(m, w)) {
      assertThat(user.closed()).hasValue(CloseReason.GOING_AWAY);
      user.leave();
    }
    assertThat(world.status("M").isOnline()).isFalse();
    List<String> faults = world.faults();
    PttUser late = world.mobile("L");
    assertThat(late.closed()).hasValue(CloseReason.GOING_AWAY);
    late.heartbeat().join("g").start("g").call("M").send(0, 17, "L", "g", "x");
    world.pass(100);
    late.pong().leave();
    assertThat(world.isEmpty()).isTrue();
    assertThat(world.status("L")).isEqualTo(Status.unknown("L"));
    assertThat(world.figures.heartbeats.sum()).isZero();
    assertThat(late.closed()).hasValue(CloseReason.GOING_AWAY);
    assertThat(faults).isEmpty();
  }
}
