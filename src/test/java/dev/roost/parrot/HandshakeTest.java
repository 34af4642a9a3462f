package dev.roost.parrot;

import static dev.roost.parrot.ParrotWorld.SENDER_TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Connecting and introducing oneself: rules T1 to T8 except reclaiming, the capacity, and the order of a promotion. */
class HandshakeTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("1. First sender")
  void firstSender() {
    ParrotDashboard d = world.dashboard("D");

    ParrotUser a = world.user("A").handshake();

    assertThat(a.expect("promoted").at("role").text()).isEqualTo("sender");
    Json welcome = a.expect("welcome");
    assertThat(welcome.at("role").text()).isEqualTo("sender");
    assertThat(welcome.at("clientId").text()).isEqualTo(a.id());
    assertThat(welcome.at("reconnected").bool()).isFalse();
    assertThat(welcome.at("message").text()).isNotEmpty();
    assertThat(welcome.at("serverTime").text()).isEqualTo("2026-01-01T00:00:00.000Z");
    a.nothing();
    Json connected = d.expect("userConnected");
    assertThat(connected.at("userId").text()).isEqualTo(a.id());
    assertThat(connected.at("ip").text()).isEqualTo("10.0.0.1");
    assertThat(connected.at("isActiveSender").bool()).isFalse();
    assertThat(d.expect("stats").at("data", "activeSender").isNull()).isTrue();
    Json promoted = d.expect("senderPromoted");
    assertThat(promoted.at("userId").text()).isEqualTo(a.id());
    assertThat(promoted.at("username").isNull()).isTrue();
    Json stats = d.expect("stats").at("data");
    assertThat(stats.at("activeSender").text()).isEqualTo(a.id());
    assertThat(stats.at("users", 0, "isActiveSender").bool()).isTrue();
  }

  @Test
  @DisplayName("2. Observer")
  void observer() {
    world.member("A", "username", "Al");

    ParrotUser b = world.user("B");

    Json note = b.expect("observer_mode");
    assertThat(note.at("activeSender").text()).isEqualTo("Al");
    assertThat(note.at("message").text()).isNotEmpty();
    b.handshake();
    Json welcome = b.expect("welcome");
    assertThat(welcome.at("role").text()).isEqualTo("observer");
    assertThat(welcome.at("clientId").text()).matches("^user_\\d+_[a-z0-9]+$").matches("^user_1767225600000_[a-z0-9]{1,9}$");
    b.nothing();
  }

  @Test
  @DisplayName("13. Capacity")
  void capacity() {
    ParrotDashboard d = world.dashboard("D");
    List<ParrotUser> crowd = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      crowd.add(world.user("U" + i));
    }
    assertThat(crowd.stream().filter(ParrotUser::isAccepted)).hasSize(25);
    assertThat(d.take("userConnected")).hasSize(25);

    ParrotUser late = world.user("late");

    Json rejected = late.expect("rejected");
    assertThat(rejected.at("code").text()).isEqualTo("capacity");
    assertThat(rejected.at("message").text()).contains("capacity");
    late.nothing();
    assertThat(late.closeCode()).contains(1013);
    late.handshake().request().leave();
    late.nothing();
    d.nothing();
    world.listener("L").expect("listener_connected");
    world.dashboard("D2");
    crowd.getFirst().leave();
    assertThat(world.user("next").isAccepted()).isTrue();
    assertThat(world.stats().at("activeUsers").number()).isEqualTo(25);
  }

  @Test
  @DisplayName("T1: MAX_USERS is a setting")
  void capacityIsASetting() {
    ParrotWorld small = new ParrotWorld("MAX_USERS", "1");
    small.member("A");

    assertThat(small.user("B").isAccepted()).isFalse();
  }

  @Test
  @DisplayName("T3, T4: whoever connects to a vacant slot hears nothing until it handshakes")
  void vacantSlot() {
    ParrotUser a = world.user("A");
    ParrotUser b = world.user("B");
    a.nothing();
    b.nothing();
    world.assertVacant();

    b.handshake();

    assertThat(b.types()).containsExactly("promoted", "welcome");
    assertThat(a.expect("sender_changed").at("activeSender").text()).isEqualTo(b.id());
    a.nothing();
  }

  @Test
  @DisplayName("T6: a handshake takes the role of an overdue sender")
  void overdueSender() {
    ParrotUser a = world.member("A");
    world.pass(SENDER_TIMEOUT + 1);
    ParrotUser b = world.user("B");
    b.expect("observer_mode");
    a.nothing();

    b.handshake();

    assertThat(b.expect("promoted").at("role").text()).isEqualTo("sender");
    assertThat(b.expect("welcome").at("role").text()).isEqualTo("sender");
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    world.assertSender(b);
  }

  @Test
  @DisplayName("T6: the overdue one counts as timed out, so it is a successor of last resort")
  void overdueSenderTimedOut() {
    ParrotUser b = world.user("B");
    ParrotUser a = world.member("A");
    world.pass(SENDER_TIMEOUT + 1);
    b.handshake();
    world.assertSender(b);
    ParrotUser c = world.member("C");
    world.dashboard("D").promote(c);
    a.forget();
    b.forget();

    c.leave();

    // A is newer.
    assertThat(b.types()).containsExactly("promoted");
    assertThat(a.types()).containsExactly("sender_changed");
  }

  @Test
  @DisplayName("T6: a sender is overdue since its promotion, not since data of an earlier turn")
  void overdueSincePromotion() {
    ParrotUser a = world.member("A").data();
    ParrotUser b = world.member("B");
    ParrotDashboard d = world.dashboard("D");
    d.promote(b);
    world.pass(SENDER_TIMEOUT - 1);
    b.data();
    world.pass(SENDER_TIMEOUT - 1);
    d.promote(a);
    world.pass(1_000);

    world.user("C").handshake();

    world.assertSender(a);
  }

  @Test
  @DisplayName("T7: a handshake takes nothing from a sender that is not overdue")
  void senderInTime() {
    ParrotUser a = world.member("A");
    world.pass(SENDER_TIMEOUT - 1);

    ParrotUser b = world.user("B").handshake();

    b.expect("observer_mode");
    assertThat(b.expect("welcome").at("role").text()).isEqualTo("observer");
    a.nothing();
    world.assertSender(a);
  }

  @Test
  @DisplayName("T8: another handshake updates names and tells the true role")
  void handshakeAgain() {
    ParrotUser a = world.member("A", "username", "Al", "deviceId", "d1");
    ParrotUser b = world.member("B", "username", "Bo");

    a.handshake("username", "Alan");
    b.handshake("deviceId", "d2");

    assertThat(a.expect("welcome").at("role").text()).isEqualTo("sender");
    a.nothing();
    assertThat(b.expect("welcome").at("role").text()).isEqualTo("observer");
    b.nothing();
    assertThat(world.statsOf(a).at("username").text()).isEqualTo("Alan");
    assertThat(world.statsOf(a).at("deviceId").text()).isEqualTo("d1");
    assertThat(world.statsOf(b).at("username").text()).isEqualTo("Bo");
    assertThat(world.statsOf(b).at("deviceId").text()).isEqualTo("d2");
  }

  @Test
  @DisplayName("T8: another handshake fills a vacant slot")
  void handshakeAgainFillsTheSlot() {
    ParrotUser a = world.member("A");
    world.dashboard("D").demote();
    a.forget();

    a.handshake();

    assertThat(a.types()).containsExactly("promoted", "welcome");
    world.assertSender(a);
  }

  @Test
  @DisplayName("2.2: a promotion is told in the order of the contract")
  void orderOfAPromotion() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.member("C");
    ParrotDashboard d = world.dashboard("D");
    world.listener("L");
    world.pass(2_000);
    world.takeLog();

    d.promote(b);

    assertThat(world.takeLog())
        .containsExactly("A demoted", "B promoted", "A sender_changed", "C sender_changed", "D senderPromoted", "D stats", "L stats");
    world.assertSender(b);
    assertThat(a.expect("demoted").at("message").text()).isNotEmpty();
  }

  @Test
  @DisplayName("Defect 5: others are told the name, not the id, of whom a handshake promotes")
  void nameBeforePromotion() {
    ParrotUser a = world.user("A");
    ParrotDashboard d = world.dashboard("D");

    world.user("B").handshake("username", "Bo");

    Json changed = a.expect("sender_changed");
    assertThat(changed.at("activeSender").text()).isEqualTo("Bo");
    assertThat(changed.at("message").text()).isNotEmpty();
    assertThat(d.take("senderPromoted").getFirst().at("username").text()).isEqualTo("Bo");
  }

  @Test
  @DisplayName("A handshake with wrongly typed fields still counts")
  void wronglyTypedFields() {
    ParrotUser a = world.user("A").send("{'type':'handshake','username':5,'deviceId':{},'client':[],'version':1,'timestamp':null,'receiveData':'yes'}");

    assertThat(a.types()).containsExactly("promoted", "welcome");
    assertThat(world.statsOf(a).at("username").isNull()).isTrue();
    assertThat(world.statsOf(a).at("deviceId").isNull()).isTrue();
  }

  @Test
  @DisplayName("2.1: ids are unique")
  void uniqueIds() {
    HashSet<String> ids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      ParrotUser user = world.user("U");
      ids.add(user.id());
      user.leave();
    }

    assertThat(ids).hasSize(1_000);
  }

  @Test
  @DisplayName("2.1: whatever a user sends after its end has no effect")
  void afterTheEnd() {
    ParrotUser a = world.member("A");
    a.leave();
    Json before = world.stats();

    a.handshake().request().data().send("{bad");
    a.leave();

    a.nothing();
    assertThat(world.stats()).isEqualTo(before);
  }
}
