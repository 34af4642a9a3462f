package dev.roost.parrot;

import static dev.roost.parrot.ParrotWorld.SENDER_TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who is next when the sender leaves or falls silent: rules T11, T12 and T16, and the order of successors. */
class SuccessionTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("7. Sender leaves")
  void senderLeaves() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C", "username", "Cy");
    ParrotDashboard d = world.dashboard("D");
    a.data();
    world.pass(2_000);
    d.forget();

    a.leave();

    assertThat(c.types()).containsExactly("promoted");
    assertThat(b.expect("sender_changed").at("activeSender").text()).isEqualTo("Cy");
    b.nothing();
    Json gone = d.expect("userDisconnected");
    assertThat(gone.at("userId").text()).isEqualTo(a.id());
    assertThat(gone.at("dataCount").number()).isEqualTo(1);
    assertThat(gone.at("wasActiveSender").bool()).isTrue();
    assertThat(d.expect("senderPromoted").at("userId").text()).isEqualTo(c.id());
    Json stats = d.expect("stats").at("data");
    assertThat(stats.at("activeSender").text()).isEqualTo(c.id());
    assertThat(stats.at("activeUsers").number()).isEqualTo(2);
    d.nothing();
  }

  @Test
  @DisplayName("8. Newest is the sender")
  void newestIsTheSender() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.dashboard("D").promote(b);
    a.forget();
    b.forget();

    b.leave();

    assertThat(a.types()).containsExactly("promoted");
    world.pass(3 * SENDER_TIMEOUT);
    a.nothing();
    b.nothing();
    world.assertSender(a);
  }

  @Test
  @DisplayName("9. Inactivity")
  void inactivity() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.pass(SENDER_TIMEOUT - 1);
    a.nothing();

    world.pass(1);

    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    assertThat(b.types()).containsExactly("promoted");
    world.assertSender(b);
  }

  @Test
  @DisplayName("9. Inactivity: the newer one is chosen, then the role rotates")
  void rotation() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    // C is the newest; then B has never timed out; then whoever timed out the longest ago.
    for (ParrotUser next : List.of(c, b, a, c, b, a)) {
      world.pass(SENDER_TIMEOUT);

      world.assertSender(next);
      for (ParrotUser user : List.of(a, b, c)) {
        assertThat(user.types()).as(user.name).isIn(List.of("promoted"), List.of("sender_changed"), List.of("demoted", "sender_changed"));
      }
    }
  }

  @Test
  @DisplayName("10. Lone idle sender")
  void loneIdleSender() {
    ParrotUser a = world.member("A");

    world.pass(3 * SENDER_TIMEOUT);

    a.nothing();
    world.assertSender(a);
    a.data();
    a.expect("ack");
    world.pass(3 * SENDER_TIMEOUT + 1);
    ParrotUser b = world.user("B").handshake();
    assertThat(b.types()).containsExactly("observer_mode", "promoted", "welcome");
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
  }

  @Test
  @DisplayName("T11: data of an overdue sender makes it a sender in time again")
  void overdueSenderRecovers() {
    ParrotUser a = world.member("A");
    world.pass(3 * SENDER_TIMEOUT / 2);
    a.data();

    ParrotUser b = world.user("B").handshake();

    assertThat(b.types()).containsExactly("observer_mode", "welcome");
    world.pass(SENDER_TIMEOUT - 1);
    world.assertSender(a);
    world.pass(1);
    world.assertSender(b);
  }

  @Test
  @DisplayName("11. Data keeps the role")
  void dataKeepsTheRole() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    for (int i = 0; i < 6; i++) {
      world.pass(SENDER_TIMEOUT / 2);
      a.data();
    }
    assertThat(a.types()).containsOnly("ack");
    b.nothing();

    world.pass(SENDER_TIMEOUT / 2);
    a.send("{'type':'data','data':5}").send("{'type':'data'}").send("{'type':'data','data':null}");
    assertThat(a.types()).containsOnly("error");
    world.pass(SENDER_TIMEOUT / 2);

    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    world.assertSender(b);
  }

  @Test
  @DisplayName("T11: only who has sent a handshake takes over from a silent sender")
  void inactivityNeedsAHandshake() {
    ParrotUser a = world.member("A");
    ParrotUser silent = world.user("silent");
    silent.forget();

    world.pass(3 * SENDER_TIMEOUT);

    a.nothing();
    silent.nothing();
    world.assertSender(a);
  }

  @Test
  @DisplayName("T11: a successor that comes later takes over when the timer rings again")
  void timerGoesOn() {
    ParrotUser a = world.member("A");
    world.pass(SENDER_TIMEOUT - 10);
    a.data();
    ParrotUser b = world.member("B");

    world.pass(SENDER_TIMEOUT - 1);
    world.assertSender(a);
    world.pass(1);

    world.assertSender(b);
  }

  @Test
  @DisplayName("Successor: who has sent a handshake goes before a newer one who has not")
  void handshakenFirst() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser silent = world.user("silent");
    silent.forget();

    a.leave();

    assertThat(b.types()).containsExactly("promoted");
    assertThat(silent.types()).containsExactly("sender_changed");
    b.leave();
    assertThat(silent.types()).containsExactly("promoted");
  }

  @Test
  @DisplayName("Successor: never timed out goes before timed out, the longest ago first, whatever is newer")
  void timedOutLast() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    world.pass(SENDER_TIMEOUT);
    world.assertSender(c);
    world.pass(SENDER_TIMEOUT);
    world.assertSender(b);
    ParrotDashboard d = world.dashboard("D");
    ParrotUser e = world.member("E");
    d.promote(e);

    e.leave();
    world.assertSender(b);
    b.leave();
    // A timed out before C.
    world.assertSender(a);
    a.leave();
    world.assertSender(c);
  }

  @Test
  @DisplayName("T10: data makes good for a time-out")
  void dataClearsTheTimeOut() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    world.pass(2 * SENDER_TIMEOUT);
    world.assertSender(b);
    ParrotDashboard d = world.dashboard("D");
    d.promote(c);
    c.data();
    d.promote(b);

    b.leave();

    // A timed out longer ago, but C does not count as timed out any more.
    world.assertSender(c);
    c.leave();
    world.assertSender(a);
  }

  @Test
  @DisplayName("T12: the last user leaves, and the slot is vacant")
  void lastOneLeaves() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");

    a.leave();

    assertThat(d.expect("userDisconnected").at("wasActiveSender").bool()).isTrue();
    assertThat(d.expect("stats").at("data", "activeSender").isNull()).isTrue();
    d.nothing();
    assertThat(world.user("B").handshake().types()).containsExactly("promoted", "welcome");
  }

  @Test
  @DisplayName("T16: an observer leaves, and only dashboards hear of it")
  void observerLeaves() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    a.forget();
    b.forget();
    ParrotDashboard d = world.dashboard("D");

    c.leave();
    c.leave();

    Json gone = d.expect("userDisconnected");
    assertThat(gone.at("wasActiveSender").bool()).isFalse();
    assertThat(gone.at("dataCount").number()).isZero();
    assertThat(d.expect("stats").at("data", "activeUsers").number()).isEqualTo(2);
    d.nothing();
    a.nothing();
    b.nothing();
    world.assertSender(a);
  }

  @Test
  @DisplayName("Defect 3: silent users take turns; nobody is demoted and promoted at the same time")
  void noIdleLoop() {
    List<ParrotUser> users = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      users.add(world.member("U" + i));
    }
    List<String> senders = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      users.forEach(ParrotClient::forget);
      world.pass(SENDER_TIMEOUT);
      senders.add(world.activeSender().orElseThrow());
      users.forEach(user -> assertThat(user.types()).as(user.name).doesNotContainSequence("demoted", "promoted"));
    }

    assertThat(senders).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("19. Promotion races a disconnect")
  void promotionRacesADisconnect() {
    Random random = new Random(19);
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    for (int round = 0; round < 200; round++) {
      ParrotUser b = world.member("B");
      if (random.nextBoolean()) {
        d.promote(b);
        b.leave();
      } else {
        b.leave();
        d.promote(b);
      }
      assertThat(world.activeSender()).as("round %s", round).contains(a.id());
      assertThat(b.take()).as("round %s", round).allMatch(message -> message.type().equals("promoted"));
      world.pass(random.nextInt(20));
      a.data();
    }
    a.forget();
    world.pass(3 * SENDER_TIMEOUT);
    a.nothing();
  }
}
