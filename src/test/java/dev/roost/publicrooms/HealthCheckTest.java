package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 2.5, with the times of the seed document. */
class HealthCheckTest {
  private static final String R = RoomsWorld.R;
  private static final long MINUTE = 60_000;

  private final RoomsWorld world = new RoomsWorld();

  @Test
  @DisplayName("Timeline of the seed document: pings at 5:00, 10:00, 15:00, 20:00, only the first answered; terminated at 20:30")
  void timeline() {
    Tab a = world.connect("A", R);
    world.pass(5 * MINUTE - 1);
    a.nothing();
    world.pass(1);
    a.hears("ping");
    world.pass(1_000);
    a.pong();
    for (int minute : new int[] {10, 15, 20}) {
      world.pass(minute * MINUTE - 1 - world.loop.nanos() / 1_000_000);
      a.nothing();
      world.pass(1);
      a.hears("ping");
    }
    world.pass(29_999);
    a.nothing();
    assertThat(a.isDisconnected()).isFalse();
    world.pass(1);

    a.hears("error CONNECTION_TIMEOUT");
    assertThat(a.isDisconnected()).isTrue();
    assertThat(world.figure("missedPings")).isEqualTo(3);
    assertThat(world.figure("pingLatencyMaxMs")).isEqualTo(1_000);
  }

  @Test
  @DisplayName("A client of Socket.IO 2, which can neither hear ping nor say pong, is not asked; it may be silent for hours")
  void oldClient() {
    Tab old = new Tab(world, "A", R, "A1").old();
    world.loop.run(() -> world.rooms.connected(old, "A", R));
    old.join().forget();
    world.pass(3 * 60 * MINUTE);
    old.nothing();
    assertThat(old.isDisconnected()).isFalse();
    assertThat(world.figure("pings")).isZero();
  }

  @Test
  @DisplayName("26. An idle client that answers is asked at every tick, and stays")
  void idle() {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R);
    for (int i = 0; i < 20; i++) {
      quick.pass(1_000);
      a.hears("ping");
      a.pong();
    }
    assertThat(a.isDisconnected()).isFalse();
    assertThat(quick.figure("missedPings")).isZero();
    assertThat(quick.figure("pingAnswers")).isEqualTo(20);
  }

  @Test
  @DisplayName("26. A client that sends events in every interval is never asked; a pong alone is none")
  void active() {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R);
    Tab b = quick.connect("B", R);
    for (int i = 0; i < 10; i++) {
      quick.pass(500);
      a.nudge();
      b.pong();
      quick.pass(500);
      a.nothing();
      b.hears("ping");
    }
  }

  @Test
  @DisplayName("27. A silent client gets exactly three pings, then the end; others hear of it")
  void silent() {
    RoomsWorld quick = quick();
    Tab a = quick.joined("A", R);
    Tab b = quick.joined("B", R);
    a.forget();
    quick.pass(1_000);
    // join-room was an event in the first interval.
    a.nothing();
    for (int i = 0; i < 3; i++) {
      quick.pass(1_000);
      a.hears("ping");
      b.pong().forget();
    }
    quick.pass(299);
    a.nothing();
    quick.takeLog();
    quick.pass(1);
    assertThat(quick.takeLog()).containsExactly("A1 error CONNECTION_TIMEOUT", "B1 user-left A 1", "/ R1 1", "A1 is disconnected");
    a.forget();
    assertThat(quick.rooms.connectionCount("A")).isZero();
    quick.pass(10_000);
    a.nothing();
  }

  @ParameterizedTest
  @CsvSource({"0", "299", "301", "999"})
  @DisplayName("27. Any event after the second ping sets the count to 0, also a late one")
  void reset(long delay) {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R);
    quick.pass(2_000 + delay);
    a.nudge();
    quick.pass(3_000 - delay);
    // Asked at 1, 2, 4 (there was an event before 3), 5 s.
    a.hears("ping", "ping", "ping", "ping");
    quick.pass(1_299);
    assertThat(a.isDisconnected()).isFalse();
    quick.pass(1);
    assertThat(a.isDisconnected()).isTrue();
  }

  @Test
  @DisplayName("2.5 A pong just before the end of its time is none missed, one at its end is")
  void deadline() {
    RoomsWorld quick = quick();
    Tab in = quick.connect("A", R);
    quick.pass(1_299);
    in.pong();
    quick.pass(1);
    assertThat(quick.figure("missedPings")).isZero();
    quick.pass(1_000);
    in.pong();
    assertThat(quick.figure("missedPings")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.5 A pong that nobody asked for, and one twice, do no harm")
  void unaskedPong() {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R).pong().pong();
    quick.pass(1_000);
    a.pong().pong().hears("ping");
    assertThat(quick.figure("pingAnswers")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.5 More time to answer than between ticks: each question has its own end")
  void overlapping() {
    RoomsWorld slow = new RoomsWorld("PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "2500");
    Tab a = slow.connect("A", R);
    slow.pass(5_499);
    assertThat(a.isDisconnected()).isFalse();
    assertThat(slow.figure("missedPings")).isEqualTo(2);
    slow.pass(1);
    assertThat(a.isDisconnected()).isTrue();
  }

  @Test
  @DisplayName("3.6 stopHealthChecks: nobody is asked any more, and what was asked is not missed")
  void stopped() {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R);
    quick.pass(1_000);
    a.hears("ping");
    quick.loop.run(quick.rooms::stopHealthChecks);
    Tab b = quick.connect("B", R);
    quick.pass(100_000);
    a.nothing();
    b.nothing();
    assertThat(quick.figure("missedPings")).isZero();
  }

  @Test
  @DisplayName("2.5 When the loop was late, ticks are not made up for, and keep their times")
  void late() {
    RoomsWorld quick = quick();
    Tab a = quick.connect("A", R);
    quick.loop.passLate(Duration.ofMillis(3_400));
    a.hears("ping");
    a.pong();
    quick.pass(599);
    a.nothing();
    quick.pass(1);
    a.hears("ping");
  }

  private static RoomsWorld quick() {
    return new RoomsWorld("PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "300");
  }
}
