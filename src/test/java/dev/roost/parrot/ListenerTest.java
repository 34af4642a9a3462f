package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Those who only watch, and the end of everything: section 3.5 and the shutdown of section 4. */
class ListenerTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("3.5: the first messages of each kind of listener")
  void firstMessages() {
    ParrotClient l = world.listener("L");
    Json hello = l.expect("listener_connected");
    assertThat(hello.at("message").text()).isNotEmpty();
    assertThat(hello.at("timestamp").text()).isEqualTo("2026-01-01T00:00:00.000Z");
    assertThat(l.expect("stats").at("data", "passiveListeners").number()).isEqualTo(1);
    assertThat(world.orientationListener("O").expect("orientation_listener_connected").keys())
        .containsExactlyInAnyOrder("type", "message", "timestamp");
    assertThat(world.bulkListener("K").expect("bulk_listener_connected").keys())
        .containsExactlyInAnyOrder("type", "message", "batchInterval", "maxBatchSize", "timestamp");
  }

  @Test
  @DisplayName("3.5: a new listener gets one stats, not two of the same state")
  void oneStats() {
    world.pass(5_000);

    assertThat(world.listener("L").types()).containsExactly("listener_connected", "stats");
  }

  @Test
  @DisplayName("6. Listener isolation")
  void isolation() {
    ParrotClient l = world.listener("L");
    ParrotClient o = world.orientationListener("O");
    ParrotClient k = world.bulkListener("K");
    l.expect("listener_connected");
    storm();
    world.loop.run(world.session::shutdown);

    assertThat(l.types()).containsOnly("stats", "sensor_data", "server_shutdown").contains("sensor_data").endsWith("server_shutdown");
    assertThat(o.types()).containsOnly("orientation_listener_connected", "orientation_data", "server_shutdown");
    assertThat(k.types()).containsOnly("bulk_listener_connected", "bulk_data_batch", "server_shutdown");
  }

  @Test
  @DisplayName("A listener that left gets nothing more")
  void listenerLeaves() {
    List<ParrotClient> listeners = List.of(world.listener("L"), world.orientationListener("O"), world.bulkListener("K"));
    ParrotUser a = world.member("A");
    listeners.forEach(ParrotClient::leave);
    listeners.forEach(ParrotClient::forget);

    a.data("{'gps':{},'orientation':{}}");
    world.pass(120_000);

    listeners.forEach(ParrotClient::nothing);
  }

  @Test
  @DisplayName("27. Shutdown")
  void shutdown() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    a.data("{'gps':{}}");
    List<ParrotClient> all = new ArrayList<>(List.of(a, world.member("B"), world.user("silent"), world.dashboard("D"), world.guest("G"), world.listener("L"),
        world.orientationListener("O")));
    all.forEach(ParrotClient::forget);
    k.expect("bulk_listener_connected");

    world.loop.run(world.session::shutdown);

    assertThat(k.types()).containsExactly("bulk_data_batch", "server_shutdown");
    for (ParrotClient client : all) {
      assertThat(client.expect("server_shutdown").at("message").text()).isNotEmpty();
      client.nothing();
    }
    all.add(k);
    assertThat(all).allSatisfy(client -> assertThat(client.closeCode()).contains(1001));
    all.forEach(ParrotClient::leave);
    world.pass(1_000);
    assertThat(world.loop.timers()).isZero();
  }

  @Test
  @DisplayName("When everybody has left, only the timer of the periodic stats is set")
  void noTimersLeft() {
    assertThat(world.loop.timers()).isEqualTo(1);
    List<ParrotClient> all = new ArrayList<>(List.of(world.dashboard("D"), world.listener("L"), world.orientationListener("O"), world.bulkListener("K")));
    ParrotUser a = world.user("A").handshake("deviceId", "d").data("{'gps':{},'orientation':{}}").data();
    ParrotUser b = world.user("B").handshake("deviceId", "e").request();
    all.addAll(List.of(a, b));

    all.forEach(ParrotClient::leave);
    world.pass(1_000);

    assertThat(world.loop.timers()).isEqualTo(1);
  }

  /** Everything that users and dashboards can do, several times. */
  private void storm() {
    ParrotDashboard d = world.dashboard("D");
    for (int i = 0; i < 10; i++) {
      ParrotUser a = world.user("A").handshake("deviceId", "a", "username", "Al");
      ParrotUser b = world.user("B").handshake("deviceId", "b");
      a.data("{'id':1,'gps':{},'orientation':{}}").send("{bad").request();
      b.data().request();
      d.promote(b);
      b.data("{'id':2,'gps':{},'orientation':{}}");
      d.demote();
      a.request();
      d.kick(a);
      world.pass(700);
      b.leave();
    }
  }
}
