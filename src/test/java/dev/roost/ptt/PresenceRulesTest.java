package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who is online: section 2.2, scenarios 2 and 4-9. */
class PresenceRulesTest {
  private PttWorld world = new PttWorld();

  @Test
  @DisplayName("2. Go online: the watcher gets one 31 with six elements, with id and device, and the bulk API says online")
  void goOnline() {
    PttUser w = world.watcher("W").forget();
    world.mobileOn("dev-1", "M");
    Packed update = w.expect(31);
    w.nothing();
    assertThat(update.values()).hasSize(6).startsWith(0L, 31L, 0L, "broadcast");
    assertThat(update.text(4)).isNotEmpty();
    long now = world.nowMillis();
    assertThat(update.map()).isEqualTo(Map.of("type", "presence_update", "userId", "M", "status", "online", "timestamp", now, "lastSeen", now, "deviceId", "dev-1", "role", "mobile"));
    assertThat(world.status("M")).isEqualTo(new Status("M", true, now, Optional.of("dev-1")));
  }

  @Test
  @DisplayName("2.2 An online publication follows every registration, also when the user was online already")
  void everyRegistration() {
    PttUser w = world.watcher("W").forget();
    world.mobile("M");
    assertThat(w.news()).containsExactly("M online");
    world.pass(PttWorld.WINDOW);
    world.mobile("M");
    assertThat(w.news()).containsExactly("M online");
  }

  @Test
  @DisplayName("4. Heartbeat keeps alive: lastSeen moves, and nothing is published")
  void heartbeatKeepsAlive() {
    PttUser w = world.watcher("W").forget();
    PttUser m = world.mobile("M");
    w.forget();
    for (int second = 1; second <= 5; second++) {
      world.pass(1_000);
      m.heartbeat();
      assertThat(world.status("M").lastSeen()).isEqualTo(world.nowMillis());
    }
    world.pass(1_999);
    m.nothing();
    w.nothing();
    assertThat(world.status("M").isOnline()).isTrue();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(5);
  }

  @Test
  @DisplayName("5. TTL expiry while connected: one offline; the socket stays and can talk; the next heartbeat brings one online")
  void expiry() {
    PttUser w = world.watcher("W").forget();
    PttUser m = world.mobile("M");
    long seen = world.nowMillis();
    w.forget();
    world.pass(PttWorld.TTL - 1);
    w.nothing();
    world.pass(1);
    assertThat(w.news()).containsExactly("M offline");
    assertThat(m.closed()).isEmpty();
    assertThat(world.status("M")).isEqualTo(new Status("M", false, seen, Optional.of("M's phone")));
    world.pass(5_000);
    w.nothing();
    m.call("M");
    assertThat(m.types()).containsExactly(6, 1);
    m.heartbeat();
    assertThat(w.news()).containsExactly("M online");
    world.pass(1_000);
    m.heartbeat();
    w.nothing();
    assertThat(world.presence.expired()).isEqualTo(1);
  }

  @Test
  @DisplayName("6. Heartbeat spam: 20 in 500 ms, one accepted; the others move nothing and do not delay the next legitimate one")
  void spam() {
    PttUser m = world.mobile("M");
    world.pass(100);
    m.heartbeat();
    long accepted = world.nowMillis();
    for (int i = 1; i < 20; i++) {
      world.pass(25);
      m.heartbeat();
    }
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
    assertThat(world.figures.heartbeatsIgnored.sum()).isEqualTo(19);
    assertThat(world.status("M").lastSeen()).isEqualTo(accepted);
    assertThat(m.closed()).isEmpty();
    m.nothing();
    world.pass(PttWorld.SPACING - 475 - 1);
    m.heartbeat();
    assertThat(world.status("M").lastSeen()).isEqualTo(accepted);
    world.pass(1);
    m.heartbeat();
    assertThat(world.status("M").lastSeen()).as("800 ms after the last accepted one").isEqualTo(accepted + PttWorld.SPACING);
  }

  @Test
  @DisplayName("2.2 The spacing is 25 s by default, and that of the user, not of the connection")
  void spacing() {
    world = new PttWorld("PRESENCE_TTL", "60", "PRESENCE_MIN_HEARTBEAT_MS", "25000");
    PttUser first = world.mobile("M");
    first.heartbeat();
    PttUser second = world.mobile("M");
    world.pass(24_999);
    second.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
    world.pass(1);
    second.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(2);
    assertThat(PttSettings.from(Settings.of(Map.of())).minHeartbeat()).hasSeconds(25);
    assertThat(PttSettings.from(Settings.of(Map.of())).presenceTtl()).hasSeconds(60);
  }

  @Test
  @DisplayName("2.2 The first heartbeat is accepted at once, with any payload and on any channel")
  void anyHeartbeat() {
    for (Object payload : List.of("x", 5, Map.of(), List.of(), Packed.UNDEFINED, new byte[3])) {
      world = new PttWorld();
      world.mobile("M").send(1, 30, "M", 0, payload);
      assertThat(world.figures.heartbeats.sum()).as("%s", payload).isEqualTo(1);
    }
    world = new PttWorld();
    world.mobile("M").send(0, 30);
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("7. Forged heartbeat: it is the connection's user who is refreshed")
  void forged() {
    PttUser m1 = world.mobile("M1");
    PttUser m2 = world.mobile("M2");
    m2.leave();
    world.pass(1_000);
    m1.send(0, 30, "M2", 0, Map.of());
    assertThat(world.status("M2").isOnline()).isFalse();
    assertThat(world.status("M1").lastSeen()).isEqualTo(world.nowMillis());
    assertThat(world.figures.forged.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("8. Watcher heartbeat: no presence, no update, the connection stays; one STATUS frame per 25 s")
  void watcherHeartbeat() {
    PttUser w = world.watcher("W").forget();
    w.heartbeat();
    assertThat(w.expect(5).values()).startsWith(1L, 5L, 0L, "W").hasSize(5).last().satisfies(payload -> {
      Map<?, ?> status = (Map<?, ?>) payload;
      assertThat(status.get("type")).isEqualTo("error");
      assertThat(status.get("code")).isEqualTo("HEARTBEAT_NOT_ALLOWED");
      assertThat((String) status.get("message")).isNotEmpty();
      assertThat(status).hasSize(3);
    });
    for (int i = 0; i < 24; i++) {
      world.pass(1_000);
      w.heartbeat();
    }
    world.pass(999);
    w.heartbeat().nothing();
    world.pass(1);
    w.heartbeat();
    assertThat(w.types()).containsExactly(5);
    assertThat(w.closed()).isEmpty();
    assertThat(world.status("W")).isEqualTo(Status.unknown("W"));
    assertThat(world.presence.online()).isZero();
    assertThat(world.figures.heartbeatsRefused.sum()).isEqualTo(27);
  }

  @Test
  @DisplayName("9. Clean close: offline at once, not after the TTL; what is known stays")
  void cleanClose() {
    PttUser w = world.watcher("W").forget();
    PttUser m = world.mobile("M");
    world.pass(500);
    w.forget();
    m.leave();
    assertThat(w.news()).containsExactly("M offline");
    assertThat(world.status("M")).isEqualTo(new Status("M", false, world.nowMillis(), Optional.of("M's phone")));
    world.pass(10_000);
    w.nothing();
  }

  @Test
  @DisplayName("2.2 A heartbeat that could not be written does not count: the next one is taken at once")
  void notWritten() {
    PttUser m = world.mobile("M");
    world.presence.isDown = true;
    m.heartbeat().heartbeat();
    assertThat(world.figures.heartbeats.sum()).isZero();
    world.presence.isDown = false;
    m.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
    m.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.2 Heartbeats while one is being written are too early; the spacing counts from the time when the accepted one came")
  void beingWritten() {
    PttUser m = world.mobile("M");
    world.presence.isHeld = true;
    m.heartbeat().heartbeat().heartbeat();
    assertThat(world.presence.open()).isEqualTo(1);
    world.pass(700);
    world.presence.free();
    world.pass(99);
    m.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
    world.pass(1);
    m.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(2);
  }

  @Test
  @DisplayName("2.2 PONG changes nothing by default; with PRESENCE_REFRESH_ON_PONG it extends an existing key, and re-creates none")
  void pong() {
    PttUser m = world.mobile("M");
    world.pass(1_500);
    m.pong();
    world.pass(500);
    assertThat(world.status("M").isOnline()).isFalse();

    world = new PttWorld("PRESENCE_REFRESH_ON_PONG", "true");
    PttUser w = world.watcher("W").forget();
    PttUser n = world.mobile("N");
    w.forget();
    for (int i = 0; i < 5; i++) {
      world.pass(1_500);
      n.pong();
      w.pong();
    }
    w.nothing();
    world.pass(2_000);
    assertThat(w.news()).containsExactly("N offline");
    n.pong();
    w.nothing();
    assertThat(world.status("N").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.2 Timestamps of the successive changes of one user grow strictly")
  void timestampsGrow() {
    PttUser w = world.watcher("W").forget();
    w.subscribe("userIds", List.of("M"), "batch", true).forget();
    long last = 0;
    for (int i = 0; i < 20; i++) {
      PttUser m = world.mobile("M");
      m.leave();
      world.pass(PttWorld.WINDOW);
      for (Packed message : w.take()) {
        assertThat((Long) message.map().get("timestamp")).isGreaterThan(last);
        last = (Long) message.map().get("timestamp");
      }
    }
    assertThat(last).isPositive();
  }

  @Test
  @DisplayName("2.2 PRESENCE_ENABLED=false: watchers get one snapshot without users and no update; heartbeats do nothing; talk goes on")
  void disabled() {
    world = new PttWorld("PRESENCE_ENABLED", "false");
    world.mobile("M");
    PttUser w = world.watcher("W");
    Packed snapshot = w.expect(32);
    assertThat(PttUser.online(snapshot)).isEmpty();
    assertThat(snapshot.map().get("timestamp")).isEqualTo(world.nowMillis());
    PttUser m = world.mobile("M").heartbeat();
    world.pass(5_000);
    w.nothing();
    assertThat(world.figures.heartbeats.sum()).isZero();
    m.call("M");
    assertThat(m.types()).containsExactly(6, 1);
  }

  @Test
  @DisplayName("1.4 PING carries voiceping:<userId>, cut to 100 bytes")
  void ping() {
    assertThat(world.mobile("ann").pingPayload()).isEqualTo("voiceping:ann");
    assertThat(world.mobile("x".repeat(128)).pingPayload()).isEqualTo("voiceping:" + "x".repeat(90));
  }

  @Test
  @DisplayName("34. Odd ids: presence, expiry and calls are as for others")
  void oddIds() {
    PttUser w = world.watcher("W").forget();
    PttUser caller = world.mobile("caller");
    w.forget();
    for (String odd : List.of("a:b", "constructor", "__proto__", "../x", "toString", "😀", "{x}", "*", " ", "x".repeat(128), "0")) {
      world.pass(PttWorld.WINDOW);
      PttUser user = world.mobileOn("dev", odd);
      w.forget();
      caller.send(1, 1, "caller", odd, 5);
      assertThat(caller.types()).as(odd).containsExactly(6);
      user.expect(1, 1, "caller", odd, 5);
      user.send(0, 15, odd, odd).send(0, 1, odd, odd, 1);
      assertThat(user.types()).containsExactly(6);
      assertThat(world.status(odd)).isEqualTo(new Status(odd, true, world.nowMillis(), Optional.of("dev")));
      world.pass(PttWorld.TTL);
      assertThat(world.status(odd).isOnline()).isFalse();
      assertThat(w.take()).extracting(message -> message.map().get("userId") + " " + message.map().get("status")).contains(odd + " offline");
      user.leave();
    }
  }
}
