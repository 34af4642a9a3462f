package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 2.7: connections one after the other. */
class BackoffTest {
  private static final String R = RoomsWorld.R;

  private final RoomsWorld world = new RoomsWorld();

  /** A connection that is admitted and goes again. */
  private void cycle() {
    Tab tab = world.connect("A", R);
    assertThat(tab.isDisconnected()).isFalse();
    tab.drop();
  }

  /** The seconds that a refused connection is to wait. */
  private long refused() {
    ErrorEvent error = world.connect("A", R).only(ErrorEvent.class);
    assertThat(error.code()).isEqualTo(FaultCode.RECONNECTION_THROTTLED);
    return error.retryAfter().orElseThrow();
  }

  @Test
  @DisplayName("29. Three pass, the fourth has to wait for a second; waiting that long admits it")
  void threePass() {
    for (int i = 0; i < 3; i++) {
      cycle();
      world.pass(200);
    }

    assertThat(refused()).isEqualTo(1);
    world.pass(799);
    assertThat(refused()).isEqualTo(1);
    world.pass(1);
    cycle();
  }

  @Test
  @DisplayName("2.7 The delay doubles, up to a minute; who honours it is always admitted")
  void doubling() {
    cycle();
    cycle();
    for (long delay : new long[] {1, 2, 4, 8, 16, 32}) {
      cycle();
      world.pass(delay * 1_000 - 1);
      assertThat(refused()).isEqualTo(1);
      world.pass(1);
    }
    cycle();
    assertThat(refused()).isEqualTo(60);
    world.pass(59_000);
    assertThat(refused()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.7 Refused attempts extend nothing, and are no disconnects")
  void refusalsExtendNothing() {
    for (int i = 0; i < 3; i++) {
      cycle();
    }
    ReconnectionStatus before = world.rooms.reconnection("A");
    for (int i = 0; i < 5; i++) {
      world.pass(100);
      refused();
    }
    assertThat(world.rooms.reconnection("A")).isEqualTo(before);
  }

  @Test
  @DisplayName("2.7 Parallel tabs are fresh: they count for nothing, and are never delayed")
  void parallelTabs() {
    RoomsWorld wide = new RoomsWorld("PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "20", "PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", "20");
    for (int i = 0; i < 20; i++) {
      assertThat(wide.connect("A", R).isDisconnected()).isFalse();
    }
    assertThat(wide.rooms.reconnection("A")).isEqualTo(new ReconnectionStatus(1, Optional.of(wide.loop.now()), Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"59999, 4", "60000, 1", "60001, 1"})
  @DisplayName("2.7 After a minute of silence the count starts again: just before, at, and just after")
  void silence(long millis, int count) {
    for (int i = 0; i < 3; i++) {
      cycle();
    }
    world.pass(millis);
    cycle();
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(count);
  }

  @Test
  @DisplayName("2.7 Serial is who comes soon after a disconnect, however long the socket had lived")
  void serialByDisconnect() {
    Tab first = world.connect("A", R);
    world.pass(59_000);
    world.connect("A", R);
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(1);
    first.drop();
    world.pass(59_000);
    Tab third = world.connect("A", R);
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(2);
    third.drop();
    world.pass(60_000);
    world.connect("A", R);
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(1);
  }

  @Test
  @DisplayName("3.6 The status of an address; one that is unknown, or forgotten, has none")
  void status() {
    assertThat(world.rooms.reconnection("A")).isEqualTo(ReconnectionStatus.NONE);
    for (int i = 0; i < 3; i++) {
      cycle();
    }
    assertThat(world.rooms.reconnection("A")).isEqualTo(new ReconnectionStatus(3, Optional.of(world.loop.now()), Optional.of(world.loop.now().plusSeconds(1))));
    world.pass(1_000);
    assertThat(world.rooms.reconnection("A").backoffUntil()).isEmpty();
    world.pass(60_000);
    assertThat(world.rooms.reconnection("A")).isEqualTo(ReconnectionStatus.NONE);
  }

  @Test
  @DisplayName("2.7 Other addresses are not concerned")
  void otherAddresses() {
    for (int i = 0; i < 3; i++) {
      cycle();
    }
    refused();
    assertThat(world.connect("B", R).isDisconnected()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"PUBLIC_ROOMS_BACKOFF_WINDOW_MS, 0", "PUBLIC_ROOMS_BACKOFF_INITIAL_MS, 0", "PUBLIC_ROOMS_BACKOFF_MAX_MS, 0", "PUBLIC_ROOMS_BACKOFF_THRESHOLD, 1000000"})
  @DisplayName("4. It can be switched off")
  void switchedOff(String setting, String value) {
    RoomsWorld open = new RoomsWorld(setting, value);
    for (int i = 0; i < 20; i++) {
      Tab tab = open.connect("A", R);
      assertThat(tab.isDisconnected()).isFalse();
      tab.drop();
    }
  }
}
