package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.PeerMessage.LoggedIn;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Logins whose answers come late, and logins on other servers: section 2.1. */
class LateLoginTest extends ScriptedServer {

  @Test
  @DisplayName("2.1 Frames of a new connection are processed at once, whatever Redis does")
  void beforeTheLogin() {
    PttUser b = world.mobile("B");
    registry.hold();
    PttUser a = world.mobile("A");
    a.call("B").expect(6);
    b.expect(1);
    b.call("A").expect(6);
    a.expect(1);
  }

  @Test
  @DisplayName("2.2 A heartbeat before the answer to the login counts when that is there: online once, and the heartbeat is the first one")
  void heartbeatBeforeTheLogin() {
    PttUser w = world.watcher("W").forget();
    registry.hold();
    PttUser m = world.mobile("M").heartbeat().heartbeat();
    w.nothing();
    assertThat(world.status("M").isOnline()).isFalse();
    answer("login M");
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactly("M online");
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
    m.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.2 A heartbeat before the login of a connection that goes before the answer makes nobody online")
  void heartbeatOfOneWhoGoes() {
    PttUser w = world.watcher("W").forget();
    registry.hold();
    world.mobile("M").heartbeat().leave();
    free();
    world.pass(PttWorld.WINDOW);
    w.nothing();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.1 The older connection stays until the login of the newer one is answered, and goes then")
  void lateLogin() {
    PttUser w = world.watcher("W").forget();
    PttUser old = world.mobileOn("d1", "M");
    world.pass(2 * PttWorld.WINDOW);
    w.forget();
    registry.hold();
    PttUser now = world.mobileOn("d2", "M");
    assertThat(old.closed()).isEmpty();
    answer("login M");
    assertThat(old.types()).containsExactly(9);
    assertThat(old.closed()).isPresent();
    assertThat(now.closed()).isEmpty();
    assertThat(w.news()).containsExactly("M online");
  }

  @Test
  @DisplayName("2.1 Answers of two logins out of order: the later connection stays")
  void loginsOutOfOrder() {
    registry.hold();
    PttUser first = world.mobile("M");
    PttUser second = world.mobile("M");
    registry.asked.removeIf(question -> question.what().startsWith("groups"));
    world.run(registry.asked.removeLast().answer());
    assertThat(first.closed()).isPresent();
    free();
    assertThat(second.closed()).isEmpty();
    assertThat(world.status("M").isOnline()).isTrue();
    first.leave();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("2.2 The last connection closes before its login is answered, another one has closed before it: offline at once")
  void lastOneCloses() {
    PttUser w = world.watcher("W").forget();
    PttUser first = world.mobile("M");
    world.pass(2 * PttWorld.WINDOW);
    w.forget();
    registry.hold();
    PttUser second = world.mobile("M");
    first.leave();
    w.nothing();
    second.leave();
    assertThat(w.news()).containsExactly("M offline");
    free();
    world.pass(PttWorld.WINDOW);
    w.nothing();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.1 Redis down: the devices of the connections here decide")
  void loginUnknown() {
    registry.down(true);
    PttUser first = world.mobileOn("d1", "M");
    PttUser second = world.mobileOn("d1", "M");
    assertThat(first.closed()).isPresent();
    first.nothing();
    world.mobileOn("d2", "M");
    second.expect(9);
    assertThat(second.closed()).isPresent();
  }

  @Test
  @DisplayName("2.1 A login on another server ends the older ones here, with LOGIN_DUPLICATED if the device is another")
  void elsewhere() {
    PttUser m = world.mobile("M");
    PttUser n = world.mobile("N");
    world.received(new LoggedIn("M", "d9", 100, true));
    assertThat(m.expect(9).text(4)).contains("d9");
    assertThat(m.closed().orElseThrow().code()).isEqualTo(1000);
    world.received(new LoggedIn("N", "N's phone", 100, false));
    n.nothing();
    assertThat(n.closed()).isPresent();
    m.leave();
    world.received(new LoggedIn("nobody", "d", 5, true));
  }

  @Test
  @DisplayName("2.1 An older login elsewhere ends nothing here, and watchers never")
  void olderElsewhere() {
    registry.loginElsewhere("M", "x");
    PttUser m = world.mobile("M");
    PttUser page = world.watcher("M").forget();
    world.received(new LoggedIn("M", "d", 1, true));
    assertThat(m.closed()).isEmpty();
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isPresent();
    assertThat(page.closed()).isEmpty();
  }

  @Test
  @DisplayName("2.1 A newer login elsewhere while the own is pending: the own goes when its number is known")
  void newerWhilePending() {
    registry.hold();
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isEmpty();
    answer("login M");
    assertThat(m.closed().orElseThrow().code()).isEqualTo(1000);
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.1 An older login elsewhere while the own is pending: the own stays")
  void olderWhilePending() {
    for (int i = 0; i < 5; i++) {
      registry.loginElsewhere("M", "x");
    }
    registry.hold();
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 5, true));
    answer("login M");
    assertThat(m.closed()).isEmpty();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("2.1 Each login is told to other servers with its number and whether the device is another")
  void told() {
    backbone.sent();
    world.mobileOn("d1", "M");
    world.mobileOn("d1", "M");
    world.mobileOn("d2", "M");
    assertThat(backbone.sent()).containsExactly(new LoggedIn("M", "d1", 1, true), new LoggedIn("M", "d1", 2, false), new LoggedIn("M", "d2", 3, true));
    registry.down(true);
    world.mobileOn("d3", "M");
    assertThat(backbone.sent()).isEmpty();
    registry.down(false);
    world.run(world.board::resumed);
    assertThat(backbone.sent()).as("what nobody could be told before").containsExactly(new LoggedIn("M", "d3", 4, true));
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: a login elsewhere ends nothing here, and none is told")
  void allow() {
    world = new PttWorld(arbiter, backbone, "DUPLICATE_LOGIN_POLICY", "allow");
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isEmpty();
    assertThat(backbone.sent()).noneMatch(LoggedIn.class::isInstance);
  }
}
