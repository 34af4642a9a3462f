package dev.roost.parrot;

import static dev.roost.parrot.ParrotWorld.ROLE_GRACE;
import static dev.roost.parrot.ParrotWorld.SENDER_TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Asking for the role: rule T9 and the grace of takeable(). */
class RoleRequestTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("12. Role request: an active sender keeps the role")
  void activeSenderKeepsTheRole() {
    ParrotUser a = world.member("A").data();
    a.forget();
    ParrotUser b = world.member("B").request();

    Json rejected = b.expect("rejected");
    assertThat(rejected.at("code").text()).isEqualTo("sender_active");
    assertThat(rejected.at("message").text()).contains("active");
    b.nothing();
    a.nothing();
    world.assertSender(a);
  }

  @Test
  @DisplayName("12. Role request: a sender without data gives way, and cannot ask back at once")
  void senderWithoutDataGivesWay() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B").request();

    assertThat(b.types()).containsExactly("promoted");
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    world.pass(ROLE_GRACE - 1);
    a.request();
    assertThat(a.types()).containsExactly("rejected");
    b.nothing();
    world.pass(1);
    a.request();
    assertThat(a.types()).containsExactly("promoted");
  }

  @Test
  @DisplayName("12. Role request: a vacant slot needs no handshake")
  void vacantSlot() {
    ParrotUser a = world.user("A").request();

    assertThat(a.types()).containsExactly("promoted");
    world.assertSender(a);
    assertThat(a.data().types()).containsExactly("ack");
  }

  @Test
  @DisplayName("T9: the sender that asks is told again, and nobody else")
  void senderAsks() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotDashboard d = world.dashboard("D");

    a.request();

    assertThat(a.types()).containsExactly("promoted");
    b.nothing();
    d.nothing();
  }

  @Test
  @DisplayName("T9: a sender with data is takeable after SENDER_TIMEOUT without more, not before")
  void silentSenderIsTakeable() {
    ParrotUser a = world.member("A");
    ParrotUser silent = world.user("silent");
    silent.forget();
    a.data();
    world.pass(SENDER_TIMEOUT);
    silent.request();
    assertThat(silent.types()).containsExactly("rejected");
    world.pass(1);

    silent.request();

    assertThat(silent.types()).containsExactly("promoted");
    assertThat(a.types()).containsExactly("ack", "demoted", "sender_changed");
  }

  @Test
  @DisplayName("20. Two requests race")
  void twoRequestsRace() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");

    b.request();
    c.request();

    assertThat(b.types()).containsExactly("promoted");
    assertThat(c.types()).containsExactly("sender_changed", "rejected");
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    world.assertSender(b);
  }

  @Test
  @DisplayName("Defect 12: two requesters do not take the role from each other in turn")
  void noPingPong() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    for (int i = 0; i < 100; i++) {
      b.request();
      c.request();
      world.pass(100);
    }

    // 10 s with a grace of 3 s: at 0, 3, 6 and 9 s.
    assertThat(a.take("sender_changed")).hasSize(4);
  }

  @Test
  @DisplayName("Grace: none after a succession")
  void noGraceAfterSuccession() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    a.leave();
    world.assertSender(c);

    b.request();

    world.assertSender(b);
  }

  @Test
  @DisplayName("Grace: none after a time-out")
  void noGraceAfterTimeOut() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.pass(SENDER_TIMEOUT);
    world.assertSender(b);

    a.request();

    world.assertSender(a);
  }

  @Test
  @DisplayName("Grace: none after a reclaim")
  void noGraceAfterReclaim() {
    ParrotUser a = world.member("A", "deviceId", "d");
    ParrotUser b = world.member("B");
    a.leave();
    ParrotUser back = world.member("A2", "deviceId", "d");
    world.assertSender(back);

    b.request();

    world.assertSender(b);
  }

  @Test
  @DisplayName("Grace: SENDER_TIMEOUT after a promotion by a dashboard (defect 12)")
  void graceAfterDashboard() {
    // Without a handshake nobody succeeds on inactivity, so only the request counts here.
    ParrotUser a = world.user("A");
    ParrotUser b = world.user("B");
    world.dashboard("D").promote(b);
    a.forget();
    world.pass(SENDER_TIMEOUT - 1);
    a.request();
    assertThat(a.types()).containsExactly("rejected");
    world.assertSender(b);
    world.pass(1);

    a.request();

    assertThat(a.types()).containsExactly("promoted");
    world.assertSender(a);
  }

  @Test
  @DisplayName("Grace: data before the promotion does not make a sender active for ever")
  void oldDataDoesNotCount() {
    ParrotUser a = world.member("A").data();
    ParrotUser b = world.member("B");
    ParrotDashboard d = world.dashboard("D");
    d.promote(b);
    world.pass(SENDER_TIMEOUT - 1);
    d.demote();
    a.request();
    world.assertSender(a);
    a.forget();
    world.pass(ROLE_GRACE);

    b.request();

    world.assertSender(b);
  }
}
