package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When statistics are sent and what they count (section 3.4). */
class StatsTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("Stats rule: at once on every change of users, roles and names (defect 14)")
  void atOnceOnChanges() {
    ParrotDashboard d = world.dashboard("D");
    ParrotUser a = world.user("A");
    assertThat(d.newestStats().at("activeUsers").number()).isEqualTo(1);
    a.handshake();
    assertThat(d.newestStats().at("activeSender").text()).isEqualTo(a.id());
    a.handshake("username", "Al");
    assertThat(d.newestStats().at("users", 0, "username").text()).isEqualTo("Al");
    ParrotUser b = world.user("B").request();
    assertThat(d.newestStats().at("activeSender").text()).isEqualTo(b.id());
    d.promote(a);
    assertThat(d.newestStats().at("activeSender").text()).isEqualTo(a.id());
    d.demote();
    assertThat(d.newestStats().at("activeSender").isNull()).isTrue();
    d.kick(a);
    assertThat(d.newestStats().at("activeUsers").number()).isEqualTo(1);
    b.leave();
    assertThat(d.newestStats().at("activeUsers").number()).isZero();
  }

  @Test
  @DisplayName("Stats rule: changes are told at once even while stats about data wait")
  void changesDoNotWait() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    a.data().data();
    d.forget();

    ParrotUser b = world.user("B");

    assertThat(d.newestStats().at("users").items()).extracting(user -> user.at("id").text()).containsExactly(a.id(), b.id());
  }

  @Test
  @DisplayName("Stats rule: after data at once, then at most one a second, the last state always")
  void throttled() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    world.pass(5_000);
    d.forget();
    a.data();
    assertThat(totals(d)).containsExactly(1L);
    for (int i = 0; i < 5; i++) {
      world.pass(100);
      a.data();
    }
    assertThat(totals(d)).isEmpty();
    world.pass(499);
    assertThat(totals(d)).isEmpty();

    world.pass(1);

    assertThat(totals(d)).containsExactly(6L);
    world.pass(5_000);
    assertThat(totals(d)).isEmpty();
  }

  @Test
  @DisplayName("Stats rule: twenty points a second for ten seconds make one message a second")
  void oncePerSecond() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    world.pass(5_000);
    d.forget();
    l.forget();
    for (int i = 0; i < 200; i++) {
      a.data();
      world.pass(50);
    }
    world.pass(1_000);

    assertThat(totals(d)).hasSizeBetween(10, 11).last().isEqualTo(200L);
    assertThat(l.take("stats")).hasSizeBetween(10, 11);
  }

  @Test
  @DisplayName("Stats rule: every 60 s")
  void everyMinute() {
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    world.pass(59_999);
    d.forget();
    l.forget();

    world.pass(1);

    assertThat(d.types()).containsExactly("stats");
    assertThat(l.types()).containsExactly("stats");
    world.pass(59_999);
    d.nothing();
    world.pass(1);
    assertThat(d.types()).containsExactly("stats");
  }

  @Test
  @DisplayName("A flood of handshakes is not multiplied; the last state is delivered")
  void flood() {
    ParrotUser a = world.member("A");
    ParrotDashboard d = world.dashboard("D");
    world.pass(5_000);
    d.forget();
    for (int i = 0; i < 600; i++) {
      a.handshake("username", "name" + i);
      world.pass(10);
    }
    world.pass(1_000);

    List<Json> stats = d.take("stats");
    // Of 600 changes in 6 s at most a burst of 100 and 25 a second.
    assertThat(stats).hasSizeLessThan(280);
    assertThat(stats.getLast().at("data", "users", 0, "username").text()).isEqualTo("name599");
  }

  @Test
  @DisplayName("Defect 15: dataRate counts the trailing 60 s")
  void dataRate() {
    ParrotUser a = world.member("A");
    a.data().data();
    world.pass(30_000);
    a.data();
    assertThat(perMinute()).isEqualTo(3);
    world.pass(29_000);
    assertThat(perMinute()).isEqualTo(3);
    world.pass(2_000);
    assertThat(perMinute()).isEqualTo(1);
    world.pass(30_000);
    assertThat(perMinute()).isZero();
    assertThat(world.stats().at("totalDataPoints").number()).isEqualTo(3);
    world.pass(3_600_000);
    a.data();
    assertThat(perMinute()).isEqualTo(1);
  }

  @Test
  @DisplayName("Defect 15: at a steady pace dataRate is steady")
  void steadyDataRate() {
    ParrotUser a = world.member("A");
    List<Long> rates = new ArrayList<>();
    for (int i = 0; i < 1_800; i++) {
      a.data();
      world.pass(100);
      if (i >= 600) {
        rates.add(perMinute());
      }
    }

    // 600 a minute; the window is cut to whole seconds.
    assertThat(rates).allMatch(rate -> rate >= 590 && rate <= 600);
  }

  @Test
  @DisplayName("Totals and dataCount outlive the sender's turn")
  void counts() {
    ParrotUser a = world.member("A").data().data();
    ParrotUser b = world.member("B");
    world.dashboard("D").promote(b);
    b.data();
    a.leave();

    assertThat(world.stats().at("totalDataPoints").number()).isEqualTo(3);
    assertThat(world.statsOf(b).at("dataCount").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("Listeners of each kind are counted, dashboards are not users")
  void listenerCounts() {
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    world.listener("L2");
    world.orientationListener("O");
    world.bulkListener("K");
    l.leave();
    world.pass(1_000);

    Json stats = d.newestStats();
    assertThat(stats.at("passiveListeners").number()).isEqualTo(1);
    assertThat(stats.at("orientationListeners").number()).isEqualTo(1);
    assertThat(stats.at("bulkDataListeners").number()).isEqualTo(1);
    assertThat(stats.at("activeUsers").number()).isZero();
  }

  @Test
  @DisplayName("2.2 I3: exactly the holder is the sender in the stats, in the order of arrival")
  void users() {
    ParrotUser a = world.member("A");
    world.pass(1_500);
    ParrotUser b = world.member("B");
    world.dashboard("D").promote(b);

    Json stats = world.stats();

    assertThat(stats.at("activeSender").text()).isEqualTo(b.id());
    assertThat(stats.at("users").items()).extracting(user -> user.at("isActiveSender").bool()).containsExactly(false, true);
    assertThat(stats.at("users", 0).keys())
        .containsExactlyInAnyOrder("id", "connectedAt", "dataCount", "lastData", "username", "isActiveSender", "deviceId", "ip");
    assertThat(stats.at("users", 0, "id").text()).isEqualTo(a.id());
    assertThat(stats.at("users", 1, "connectedAt").text()).isEqualTo("2026-01-01T00:00:01.500Z");
  }

  private long perMinute() {
    return world.stats().at("dataRate").number();
  }

  private static List<Long> totals(ParrotClient client) {
    return client.take("stats").stream().map(stats -> stats.at("data", "totalDataPoints").number()).toList();
  }
}
