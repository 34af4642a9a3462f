package dev.roost.parrot;

import static dev.roost.parrot.ParrotWorld.RECLAIM_IDLE;
import static dev.roost.parrot.ParrotWorld.RECLAIM_WINDOW;
import static dev.roost.parrot.ParrotWorld.SENDER_TIMEOUT;
import static dev.roost.parrot.ParrotWorld.SESSION_TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A device comes back: rule T5, section 2.3, and bans. */
class ReclaimTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("14. Reclaim: a substitute that has sent nothing gives way")
  void reclaim() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    assertThat(b.types()).containsExactly("promoted");
    world.pass(1_000);

    ParrotUser back = world.user("A2").handshake("deviceId", "d", "username", "Al");

    back.expect("observer_mode");
    back.expect("promoted");
    Json welcome = back.expect("welcome");
    assertThat(welcome.at("role").text()).isEqualTo("sender");
    assertThat(welcome.at("reconnected").bool()).isTrue();
    assertThat(b.expect("demoted").has("message")).isTrue();
    assertThat(b.expect("sender_changed").at("activeSender").text()).isEqualTo("Al");
    world.assertSender(back);
  }

  @Test
  @DisplayName("14. Reclaim: an active substitute keeps the role, for 10 s after its last data")
  void activeSubstitute() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    b.data();
    world.pass(RECLAIM_IDLE);

    ParrotUser back = world.user("A2").handshake("deviceId", "d");

    back.expect("observer_mode");
    assertWelcome(back, "observer", true);
    world.assertSender(b);
  }

  @Test
  @DisplayName("14. Reclaim: a substitute idle for more than 10 s gives way")
  void idleSubstitute() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    b.data();
    world.pass(RECLAIM_IDLE + 1);

    world.assertSender(world.user("A2").handshake("deviceId", "d"));
  }

  @Test
  @DisplayName("14. Reclaim: just before 60 s")
  void endOfTheWindow() {
    dropWithSubstituteIdleFor15s(RECLAIM_WINDOW - 1);

    ParrotUser back = world.user("A2").handshake("deviceId", "d");

    back.expect("observer_mode");
    back.expect("promoted");
    assertWelcome(back, "sender", true);
  }

  @Test
  @DisplayName("14. Reclaim: after 60 s it is an observer, known again")
  void afterTheWindow() {
    dropWithSubstituteIdleFor15s(RECLAIM_WINDOW);

    ParrotUser back = world.user("A2").handshake("deviceId", "d");

    back.expect("observer_mode");
    assertWelcome(back, "observer", true);
  }

  @Test
  @DisplayName("14. Reclaim: just before 5 min it is known again, after 5 min it is not")
  void afterTheRecord() {
    world.member("A");
    for (String device : new String[] {"d", "e"}) {
      world.member(device, "deviceId", device).leave();
    }
    world.pass(SESSION_TTL - 1);
    ParrotUser d = world.user("d").handshake("deviceId", "d");
    world.pass(1);
    ParrotUser e = world.user("e").handshake("deviceId", "e");

    assertThat(d.take("welcome").getFirst().at("reconnected").bool()).isTrue();
    assertThat(e.take("welcome").getFirst().at("reconnected").bool()).isFalse();
  }

  @Test
  @DisplayName("14. Reclaim: a second handshake with d cannot reclaim again")
  void onlyOnce() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    b.data();
    ParrotUser back = world.user("A2").handshake("deviceId", "d");
    back.expect("observer_mode");
    assertWelcome(back, "observer", true);
    world.pass(RECLAIM_IDLE + 1);

    back.handshake("deviceId", "d");
    assertWelcome(back, "observer", false);
    back.leave();
    ParrotUser again = world.user("A3").handshake("deviceId", "d");

    again.expect("observer_mode");
    assertWelcome(again, "observer", true);
    world.assertSender(b);
  }

  @Test
  @DisplayName("2.3: who did not hold the slot when it left has nothing to reclaim")
  void observerHasNothingToReclaim() {
    ParrotUser a = world.member("A");
    world.member("B", "deviceId", "d").leave();

    ParrotUser back = world.user("B2").handshake("deviceId", "d");

    back.expect("observer_mode");
    assertWelcome(back, "observer", true);
    world.assertSender(a);
  }

  @Test
  @DisplayName("2.3: without a deviceId nothing is remembered")
  void withoutDevice() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    a.leave();

    ParrotUser back = world.user("A2").handshake();

    back.expect("observer_mode");
    assertWelcome(back, "observer", false);
    world.assertSender(b);
  }

  @Test
  @DisplayName("T5: a reclaim respects the grace of a promotion by request")
  void reclaimRespectsTheGrace() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    a.leave();
    world.assertSender(c);
    b.request();

    ParrotUser back = world.user("A2").handshake("deviceId", "d");

    back.expect("observer_mode");
    assertWelcome(back, "observer", true);
    world.assertSender(b);
  }

  @Test
  @DisplayName("15. Same deviceId twice")
  void sameDeviceTwice() {
    ParrotUser a = world.member("A", "deviceId", "d").data();
    ParrotUser a2 = world.user("A2").handshake("deviceId", "d");
    a2.expect("observer_mode");
    assertWelcome(a2, "observer", false);
    assertThat(world.stats().at("activeUsers").number()).isEqualTo(2);
    assertThat(world.stats().at("users").items()).extracting(user -> user.at("deviceId").text()).containsExactly("d", "d");

    a.leave();

    assertThat(a2.types()).containsExactly("promoted");
    assertThat(a2.closeCode()).isEmpty();
    assertThat(world.stats().at("users").items()).extracting(user -> user.at("id").text()).containsExactly(a2.id());
  }

  @Test
  @DisplayName("15. Same deviceId twice: a half-open older connection gives way after 10 s without data")
  void halfOpenConnection() {
    ParrotUser a = world.member("A", "deviceId", "d").data();
    a.forget();
    world.pass(RECLAIM_IDLE);
    ParrotUser early = world.member("A2", "deviceId", "d");
    world.assertSender(a);
    a.forget();
    world.pass(1);

    ParrotUser back = world.user("A3").handshake("deviceId", "d");

    back.expect("observer_mode");
    back.expect("promoted");
    assertWelcome(back, "sender", false);
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    assertThat(early.types()).containsExactly("sender_changed");
    a.leave();
    world.assertSender(back);
  }

  @Test
  @DisplayName("T8: a half-open connection gives way to the first handshake of a connection only")
  void halfOpenConnectionAndSecondHandshake() {
    ParrotUser a = world.member("A", "deviceId", "d").data();
    ParrotUser a2 = world.member("A2", "deviceId", "d");
    world.pass(RECLAIM_IDLE + 1);

    a2.handshake("deviceId", "d");

    assertWelcome(a2, "observer", false);
    world.assertSender(a);
  }

  @Test
  @DisplayName("Defect 9: at most 1,000 devices are remembered, the oldest go first")
  void bounded() {
    world.member("A");
    for (int i = 0; i <= 1_000; i++) {
      world.member("U" + i, "deviceId", "d" + i).leave();
    }

    assertThat(isKnown("d0")).isFalse();
    assertThat(isKnown("d1")).isTrue();
    assertThat(isKnown("d1000")).isTrue();
  }

  @Test
  @DisplayName("Defect 9: a device that leaves again becomes the youngest record")
  void boundedByAge() {
    world.member("A");
    ParrotUser twin = world.member("twin", "deviceId", "twin");
    world.member("twin2", "deviceId", "twin").leave();
    for (int i = 0; i < 999; i++) {
      world.member("U" + i, "deviceId", "d" + i).leave();
    }
    twin.leave();
    world.member("new", "deviceId", "new").leave();

    assertThat(isKnown("d0")).isFalse();
    assertThat(isKnown("twin")).isTrue();
  }

  @Test
  @DisplayName("RECLAIM_WINDOW, RECLAIM_IDLE and SESSION_TTL are settings")
  void settings() {
    ParrotWorld strict = new ParrotWorld("RECLAIM_WINDOW", "0", "SESSION_TTL", "100");
    ParrotUser a = strict.member("A", "deviceId", "d");
    ParrotUser b = strict.member("B");
    a.leave();
    ParrotUser back = strict.member("A2", "deviceId", "d");
    strict.assertSender(b);
    back.leave();
    strict.pass(100);

    ParrotUser late = strict.user("A3").handshake("deviceId", "d");

    assertThat(late.take("welcome").getFirst().at("reconnected").bool()).isFalse();
  }

  /** A with device d drops; B takes over and sends its last data 15 s before the given time since then. */
  private void dropWithSubstituteIdleFor15s(long millis) {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    world.pass(SENDER_TIMEOUT - 1);
    b.data();
    world.pass(millis - 15_000 - (SENDER_TIMEOUT - 1));
    b.data();
    world.pass(15_000);
    world.assertSender(b);
  }

  private boolean isKnown(String deviceId) {
    return world.user("visitor").handshake("deviceId", deviceId).take("welcome").getFirst().at("reconnected").bool();
  }

  private static void assertWelcome(ParrotUser user, String role, boolean reconnected) {
    Json welcome = user.expect("welcome");
    assertThat(welcome.at("role").text()).isEqualTo(role);
    assertThat(welcome.at("reconnected").bool()).isEqualTo(reconnected);
    user.nothing();
  }
}
