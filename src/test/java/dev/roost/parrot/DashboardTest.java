package dev.roost.parrot;

import static dev.roost.parrot.ParrotWorld.SENDER_TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators watch and steer: rules T13 to T15, section 3.4, and who may see and do what. */
class DashboardTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("16. Kick the sender")
  void kickTheSender() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C", "deviceId", "d");
    ParrotDashboard d = world.dashboard("D");
    d.promote(c);
    a.forget();
    b.forget();
    c.forget();
    d.forget();

    d.kick(c);

    assertThat(c.expect("kicked").at("message").text()).isNotEmpty();
    assertThat(c.closeCode()).contains(1008);
    assertThat(b.types()).containsExactly("promoted");
    assertThat(a.expect("sender_changed").at("activeSender").text()).isEqualTo(b.id());
    assertThat(d.expect("userDisconnected").at("wasActiveSender").bool()).isTrue();
    assertThat(d.expect("senderPromoted").at("userId").text()).isEqualTo(b.id());
    assertThat(d.expect("stats").at("data", "activeSender").text()).isEqualTo(b.id());
    c.handshake().request().data().leave();
    d.nothing();
    world.pass(5 * SENDER_TIMEOUT);
    assertThat(d.take("senderPromoted")).noneMatch(event -> event.at("userId").text().equals(c.id()));
    c.nothing();
  }

  @Test
  @DisplayName("16. Kick the sender: its device gets no reclaim")
  void noReclaimAfterAKick() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B", "deviceId", "d");
    ParrotDashboard d = world.dashboard("D");
    d.promote(b);
    d.kick(b);
    world.assertSender(a);

    ParrotUser back = world.user("B2").handshake("deviceId", "d");

    back.expect("observer_mode");
    Json welcome = back.expect("welcome");
    assertThat(welcome.at("role").text()).isEqualTo("observer");
    assertThat(welcome.at("reconnected").bool()).isTrue();
    world.assertSender(a);
  }

  @Test
  @DisplayName("16. Kick the sender: its place is free at once")
  void placeIsFreeAfterAKick() {
    ParrotWorld small = new ParrotWorld("MAX_USERS", "1");
    ParrotUser a = small.member("A");

    small.dashboard("D").kick(a);

    assertThat(small.user("B").handshake().types()).containsExactly("promoted", "welcome");
  }

  @Test
  @DisplayName("T15: an observer is kicked, and the sender notices nothing")
  void kickAnObserver() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotDashboard d = world.dashboard("D");
    a.forget();
    world.takeLog();

    d.kick(b);

    assertThat(world.takeLog()).containsExactly("B kicked", "B close 1008", "D userDisconnected", "D stats");
    a.nothing();
    assertThat(d.take("userDisconnected").getFirst().at("wasActiveSender").bool()).isFalse();
    world.assertSender(a);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'user_1_nobody'", "5", "null", "{'id':1}", "''"})
  @DisplayName("17. Kick unknown")
  void kickUnknown(String userId) {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard other = world.dashboard("D2");

    for (String action : new String[] {"kickUser", "promoteUser"}) {
      d.send("{'type':'" + action + "','userId':" + userId + "}");

      Json error = d.expect("error");
      assertThat(error.at("code").text()).isEqualTo("user_not_found");
      assertThat(error.at("userId")).isEqualTo(Json.parse(Json.quoted(userId)));
      assertThat(error.at("message").text()).isNotEmpty();
    }
    d.nothing();
    other.nothing();
    a.nothing();
    assertThat(d.closeCode()).isEmpty();
    world.assertSender(a);
  }

  @Test
  @DisplayName("17. Kick unknown: no userId at all")
  void kickNobody() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");

    d.send("{'type':'kickUser'}");
    d.send("{'type':'promoteUser'}");

    assertThat(d.expect("error").keys()).containsExactlyInAnyOrder("type", "code", "message");
    assertThat(d.expect("error").at("code").text()).isEqualTo("user_not_found");
    world.assertSender(a);
  }

  @Test
  @DisplayName("18. Dashboard promote/demote")
  void promoteAndDemote() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B", "username", "Bo");
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard other = world.dashboard("D2");

    d.promote(b);
    assertThat(a.types()).containsExactly("demoted", "sender_changed");
    assertThat(b.types()).containsExactly("promoted");
    assertThat(other.expect("senderPromoted").at("username").text()).isEqualTo("Bo");
    assertThat(d.expect("senderPromoted").at("userId").text()).isEqualTo(b.id());
    d.forget();
    other.forget();

    d.promote(b);
    assertThat(b.types()).containsExactly("promoted");
    a.nothing();
    d.nothing();
    other.nothing();

    d.demote();
    assertThat(b.types()).containsExactly("demoted");
    a.nothing();
    assertThat(other.expect("stats").at("data", "activeSender").isNull()).isTrue();
    assertThat(a.data().types()).containsExactly("rejected");
    assertThat(b.data().types()).containsExactly("rejected");
    world.pass(3 * SENDER_TIMEOUT);
    world.assertVacant();
    ParrotUser c = world.user("C").handshake();
    assertThat(c.types()).containsExactly("promoted", "welcome");
  }

  @Test
  @DisplayName("Defect 13: promoting the sender again does not give it more time")
  void promotingAgainKeepsTheTimer() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.pass(SENDER_TIMEOUT - 1);

    world.dashboard("D").promote(a);
    world.pass(1);

    world.assertSender(b);
  }

  @Test
  @DisplayName("T14: there may be nobody to demote; a userId does not matter")
  void demoteNobody() {
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard other = world.dashboard("D2");

    d.send("{'type':'demoteUser','userId':'user_1_a'}");

    assertThat(d.expect("error").at("code").text()).isEqualTo("no_active_sender");
    d.nothing();
    other.nothing();
  }

  @Test
  @DisplayName("T14: after a demotion nobody is promoted when users leave or time passes; a request is")
  void demotionLasts() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    world.dashboard("D").demote();
    a.leave();
    world.pass(2 * SENDER_TIMEOUT);
    world.assertVacant();
    b.forget();

    b.request();

    assertThat(b.types()).containsExactly("promoted");
  }

  @Test
  @DisplayName("T13: a promotion fills a vacant slot, and needs no handshake of the user")
  void promoteToAVacantSlot() {
    ParrotUser a = world.user("A");
    ParrotUser b = world.user("B");

    world.dashboard("D").promote(a);

    assertThat(a.types()).containsExactly("promoted");
    assertThat(b.types()).containsExactly("sender_changed");
    assertThat(a.data().types()).containsExactly("ack");
  }

  @Test
  @DisplayName("3.3: getStats is answered to the one who asks")
  void getStats() {
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard other = world.dashboard("D2");
    world.pass(1_999);

    d.getStats();

    Json stats = d.expect("stats").at("data");
    assertThat(stats.keys()).containsExactlyInAnyOrder("activeUsers", "passiveListeners", "orientationListeners", "bulkDataListeners", "activeSender",
        "totalDataPoints", "dataRate", "bulkQueueSize", "uptime", "users");
    assertThat(stats.at("uptime").number()).isEqualTo(1);
    d.nothing();
    other.nothing();
  }

  @Test
  @DisplayName("25. Privacy and numbers")
  void privacyAndNumbers() {
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    ParrotDashboard guest = world.guest("G");

    world.user("A", "192.0.2.7").handshake("username", "<b>x</b>", "deviceId", "d").data();
    world.pass(1_000);

    Json seen = d.newestStats();
    assertThat(seen.at("users", 0, "ip").text()).isEqualTo("192.0.2.7");
    assertThat(seen.at("users", 0, "deviceId").text()).isEqualTo("d");
    assertThat(seen.at("users", 0, "username").text()).doesNotContain("<", ">").contains("x");
    assertThat(seen.at("users", 0, "lastData").text()).isEqualTo("2026-01-01T00:00:00.000Z");
    assertThat(seen.at("dataRate").number()).isEqualTo(1);
    for (Json stats : l.take("stats")) {
      assertMasked(stats.at("data"));
    }
    assertThat(guest.expect("userConnected").at("ip").text()).isEmpty();
    for (Json stats : guest.take("stats")) {
      assertMasked(stats.at("data"));
    }
    guest.getStats();
    assertMasked(guest.expect("stats").at("data"));
    ParrotDashboard late = new ParrotDashboard(world, "late", false);
    assertMasked(late.expect("stats").at("data"));
  }

  @Test
  @DisplayName("A dashboard that may not act changes nothing, whatever it sends")
  void guestsMayNotAct() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotDashboard guest = world.guest("G");

    guest.promote(b);
    guest.kick(a);
    guest.demote();

    assertThat(guest.types()).containsExactly("error", "error", "error");
    a.nothing();
    b.nothing();
    world.assertSender(a);
    guest.getStats();
    assertThat(guest.types()).containsExactly("stats");
  }

  @Test
  @DisplayName("A dashboard that left gets nothing more")
  void dashboardLeaves() {
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard guest = world.guest("G");
    d.leave();
    guest.leave();

    world.member("A").leave();

    d.nothing();
    guest.nothing();
  }

  private static void assertMasked(Json stats) {
    assertThat(stats.at("users").items()).allSatisfy(user -> {
      assertThat(user.at("ip").isNull()).isTrue();
      assertThat(user.at("deviceId").isNull()).isTrue();
    });
  }
}
