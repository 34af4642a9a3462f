package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.PeerMessage.LoggedIn;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Logins that Redis does not answer, or answers late: sections 2.1 and 2.2. */
class UnansweredLoginTest {
  private final ScriptedBackbone backbone = new ScriptedBackbone();
  private final PttWorld world = new PttWorld(new ScriptedArbiter(), backbone);
  private final ScriptedRegistry registry = world.registry;

  private void answer(String question) {
    world.run(() -> registry.answer(question));
  }

  private void fail(String question) {
    world.run(() -> registry.fail(question));
  }

  @Test
  @DisplayName("2.1 A login that failed is asked for again while the connection lives, with growing pauses: it is told then, and the user is online by it")
  void failedLogin() {
    PttUser w = world.watcher("W").forget();
    registry.loginElsewhere("M", "old phone");
    registry.down(true);
    backbone.sent();
    PttUser m = world.mobile("M");
    world.pass(900);
    registry.hold();
    world.pass(200);
    assertThat(registry.questions()).contains("login M");
    fail("login M");
    world.pass(1_900);
    assertThat(registry.questions()).doesNotContain("login M");
    m.heartbeat();
    world.pass(200);
    w.forget();
    assertThat(backbone.sent()).isEmpty();
    answer("login M");
    assertThat(backbone.sent()).containsExactly(new LoggedIn("M", "M's phone", 2, true));
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactly("M online");
    world.pass(60_000);
    assertThat(registry.questions()).doesNotContain("login M");
    m.leave();
  }

  @Test
  @DisplayName("2.1 A login that was carried out, but not answered in time, hears of the device before it all the same, and its end is the end")
  void lateAnswer() {
    registry.loginElsewhere("M", "old phone");
    PttUser w = world.watcher("W").forget();
    registry.down(true);
    registry.late(true);
    backbone.sent();
    PttUser m = world.mobile("M");
    registry.down(false);
    world.pass(1_100);
    assertThat(backbone.sent()).containsExactly(new LoggedIn("M", "M's phone", 2, true));
    w.forget();
    m.leave();
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactly("M offline");
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.2 A late login of somebody who has been silent for longer than the TTL makes nobody online")
  void lateAndSilent() {
    registry.down(true);
    PttUser m = world.mobile("M");
    world.pass(PttWorld.TTL + 500);
    assertThat(world.status("M").isOnline()).isFalse();
    registry.down(false);
    world.run(world.board::resumed);
    world.pass(100);
    assertThat(world.status("M").isOnline()).isFalse();
    m.heartbeat();
    assertThat(world.status("M").isOnline()).isTrue();
    m.leave();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.2 A second connection whose login is unknown, and which closes: the user is offline, though the first one had set it online")
  void unknownAfterKnown() {
    PttUser first = world.mobile("M");
    registry.down(true);
    PttUser second = world.mobile("M");
    assertThat(first.closed()).isPresent();
    assertThat(world.status("M").isOnline()).isTrue();
    second.leave();
    assertThat(world.status("M").isOnline()).isFalse();
    first.leave();
  }

  @Test
  @DisplayName("2.1 Hundreds of logins that failed are made good in parts when Redis is back; those of connections that have gone are not")
  void manyLateLogins() {
    int timers = world.loop.timers();
    registry.down(true);
    List<PttUser> all = IntStream.range(0, 450).mapToObj(i -> world.mobile("M" + i)).toList();
    all.getFirst().leave();
    registry.down(false);
    registry.hold();
    world.run(world.board::resumed);
    assertThat(logins()).isEqualTo(200);
    world.run(registry::free);
    registry.hold();
    world.pass(30);
    assertThat(logins()).isEqualTo(200);
    world.run(registry::free);
    registry.hold();
    world.pass(30);
    assertThat(logins()).isEqualTo(49);
    world.run(registry::free);
    all.subList(1, 450).forEach(PttUser::leave);
    world.pass(PttWorld.TTL);
    assertThat(world.loop.timers()).isEqualTo(timers);
  }

  private long logins() {
    return registry.questions().stream().filter(question -> question.startsWith("login ")).count();
  }
}
