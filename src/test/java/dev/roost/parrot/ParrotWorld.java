package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * One Pocket Parrot in virtual time and the clients around it, with the settings of the contract unless a test says otherwise. Nothing happens but what
 * the test does.
 */
final class ParrotWorld {
  /** Defaults of section 4, in milliseconds. */
  static final long SENDER_TIMEOUT = 30_000;
  static final long ROLE_GRACE = 3_000;
  static final long RECLAIM_WINDOW = 60_000;
  static final long RECLAIM_IDLE = 10_000;
  static final long SESSION_TTL = 300_000;

  final SimLoop loop = new SimLoop();
  final ParrotSession session;
  final List<Sent> log = new ArrayList<>();
  private int addresses;

  /** What a client was sent, or that it was closed. */
  record Sent(String to, String json) {}

  /** @param settings environment names and values, one after the other */
  ParrotWorld(String... settings) {
    this(1, settings);
  }

  ParrotWorld(long seed, String... settings) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    session = new ParrotSession(loop, ParrotSettings.from(Settings.of(values)), new RandomIds(new Random(seed)), ParrotCodec::encode);
  }

  /** A user that has connected, from an address of its own. */
  ParrotUser user(String name) {
    return user(name, "10.0.0." + ++addresses);
  }

  ParrotUser user(String name, String ip) {
    return new ParrotUser(this, name, ip);
  }

  /** A user that has connected and sent its handshake, and read what came. */
  ParrotUser member(String name, String... handshake) {
    ParrotUser user = user(name).handshake(handshake);
    user.forget();
    return user;
  }

  /** A dashboard that may act, and has read its first stats. */
  ParrotDashboard dashboard(String name) {
    return dashboard(name, true);
  }

  /** A dashboard that may only look, and has read its first stats. */
  ParrotDashboard guest(String name) {
    return dashboard(name, false);
  }

  private ParrotDashboard dashboard(String name, boolean operator) {
    ParrotDashboard dashboard = new ParrotDashboard(this, name, operator);
    dashboard.expect("stats");
    return dashboard;
  }

  /** A listener, with its first messages unread. */
  ParrotClient listener(String name) {
    ParrotClient client = new ParrotClient(this, name);
    loop.run(() -> session.connectListener(client.connection));
    return client;
  }

  ParrotClient orientationListener(String name) {
    ParrotClient client = new ParrotClient(this, name);
    loop.run(() -> session.connectOrientationListener(client.connection));
    return client;
  }

  ParrotClient bulkListener(String name) {
    ParrotClient client = new ParrotClient(this, name);
    loop.run(() -> session.connectBulkListener(client.connection));
    return client;
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** The state now, as a fresh dashboard gets it on {@code getStats}. */
  Json stats() {
    ParrotDashboard visitor = new ParrotDashboard(this, "visitor", true);
    visitor.forget();
    visitor.getStats();
    Json stats = visitor.expect("stats").at("data");
    visitor.leave();
    log.removeIf(sent -> sent.to.equals("visitor"));
    return stats;
  }

  /** The id of the sender according to the stats. */
  Optional<String> activeSender() {
    return Optional.ofNullable((String) stats().at("activeSender").value());
  }

  void assertSender(ParrotUser user) {
    assertThat(activeSender()).as("activeSender is %s", user.name).contains(user.id());
  }

  void assertVacant() {
    assertThat(activeSender()).as("activeSender").isEmpty();
  }

  /** A user as the stats show it. */
  Json statsOf(ParrotUser user) {
    return stats().at("users").items().stream().filter(entry -> entry.at("id").text().equals(user.id())).findFirst().orElseThrow();
  }

  /** Who got what since the last look, over all clients: {@code "A promoted"}. */
  List<String> takeLog() {
    List<String> taken = log.stream().map(sent -> sent.to + " " + Json.parse(sent.json).type()).toList();
    log.clear();
    return taken;
  }
}
