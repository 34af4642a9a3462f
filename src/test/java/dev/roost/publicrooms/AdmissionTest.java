package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections 2.3 and 2.4: the order of the checks, and how many sockets an address may have. */
class AdmissionTest {
  private static final String R = RoomsWorld.R;
  private static final String S = RoomsWorld.S;

  private final RoomsWorld world = new RoomsWorld();

  @Test
  @DisplayName("22. Third connection: refused, the first two go on; with one of them gone there is room again")
  void thirdConnection() {
    Tab first = world.joined("A", R);
    Tab second = world.connect("A", S);
    Tab third = world.connect("A", R);
    assertThat(world.takeLog()).containsExactly("A3 error TOO_MANY_CONNECTIONS", "A3 is disconnected");
    assertThat(world.rooms.connectionCount("A")).isEqualTo(2);
    third.join();
    assertThat(world.takeLog()).isEmpty();

    first.forget().say("still here").hears("new-message still here");
    second.drop();
    assertThat(world.connect("A", R).isDisconnected()).isFalse();
  }

  @Test
  @DisplayName("23. Connection race: of ten at once exactly two remain")
  void race() {
    List<Tab> tabs = IntStream.range(0, 10).mapToObj(i -> world.connect("A", R)).toList();
    assertThat(tabs).filteredOn(tab -> !tab.isDisconnected()).hasSize(2);
    assertThat(world.rooms.connectionCount("A")).isEqualTo(2);
  }

  @Test
  @DisplayName("23. After 50 aborted connects two further ones are admitted")
  void abortedConnects() {
    RoomsWorld open = new RoomsWorld("PUBLIC_ROOMS_BACKOFF_WINDOW_MS", "0");
    for (int i = 0; i < 50; i++) {
      open.connect("A", R).drop();
    }

    assertThat(open.connect("A", R).isDisconnected()).isFalse();
    assertThat(open.connect("A", R).isDisconnected()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"999, true", "1000, true", "1001, false"})
  @DisplayName("25. Stale rule: just before, at, and just after")
  void staleness(long age, boolean isRefused) {
    RoomsWorld stale = new RoomsWorld("PUBLIC_ROOMS_STALE_CONNECTION_MS", "1000");
    stale.connect("A", R);
    stale.connect("A", R);
    stale.pass(age);
    assertThat(stale.connect("A", R).isDisconnected()).isEqualTo(isRefused);
  }

  @Test
  @DisplayName("25. Stale sockets live on and hear events; a fifth one is too many, whatever their age")
  void hardLimit() {
    RoomsWorld stale = new RoomsWorld("PUBLIC_ROOMS_STALE_CONNECTION_MS", "1000");
    Tab first = stale.joined("A", R);
    Tab second = stale.connect("A", R).join().forget();
    stale.pass(1_001);
    Tab third = stale.connect("A", R);
    assertThat(stale.connect("A", R).isDisconnected()).isFalse();
    stale.pass(1_001);

    assertThat(stale.connect("A", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
    assertThat(stale.rooms.connectionCount("A")).isEqualTo(4);
    stale.joined("B", R);
    first.hears("user-joined B 2");
    second.hears("user-joined B 2");
    third.drop();
    assertThat(stale.connect("A", R).isDisconnected()).isFalse();
  }

  @Test
  @DisplayName("2.4 Viewers: 20 of an address, and room again when one has gone; they do not count for the rooms")
  void viewers() {
    for (int i = 0; i < 20; i++) {
      assertThat(world.rooms.viewerConnected("A")).isTrue();
    }
    assertThat(world.rooms.viewerConnected("A")).isFalse();
    assertThat(world.rooms.viewerConnected("B")).isTrue();
    assertThat(world.figure("viewers")).isEqualTo(21);
    assertThat(world.connect("A", R).isDisconnected()).isFalse();
    assertThat(world.rooms.connectionCount("A")).isEqualTo(1);

    world.rooms.viewerDisconnected("A");
    assertThat(world.rooms.viewerConnected("A")).isTrue();
  }

  @Test
  @DisplayName("2.3 The limit is looked at before the backoff: a quick third tab is one too many, not throttled")
  void limitBeforeBackoff() {
    for (int i = 0; i < 3; i++) {
      world.connect("A", R).drop();
    }
    world.pass(1_000);
    world.connect("A", R);
    // Serial, and before the end of the backoff; a second place is free.
    assertThat(world.connect("A", R).only(ErrorEvent.class).retryAfter()).contains(2L);
    world.pass(2_000);
    world.connect("A", R);
    assertThat(world.connect("A", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
  }

  @Test
  @DisplayName("2.3 The backoff is looked at before the capacity")
  void backoffBeforeCapacity() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1", "PUBLIC_ROOMS_QUEUE_MAX", "0");
    for (int i = 0; i < 3; i++) {
      small.connect("A", R).drop();
    }
    small.connect("B", R);
    assertThat(small.connect("A", R).fault()).isEqualTo(FaultCode.RECONNECTION_THROTTLED);
    assertThat(small.connect("C", R).fault()).isEqualTo(FaultCode.SYSTEM_AT_CAPACITY);
  }

  @Test
  @DisplayName("2.3 A block is looked at first")
  void blockBeforeLimit() {
    world.connect("A", R);
    world.connect("A", R);
    for (int i = 0; i < 11; i++) {
      assertThat(world.connect("A", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
    }
    assertThat(world.connect("A", R).fault()).isEqualTo(FaultCode.IP_BLOCKED);
  }

  @Test
  @DisplayName("2.3 An internal failure is a CONNECTION_ERROR, and leaves nothing behind")
  void internalFailure() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1");
    small.connect("A", R);
    List<String> sent = new ArrayList<>();
    GuestSocket broken = new GuestSocket() {
      @Override
      public boolean canAnswerPings() {
        return true;
      }

      @Override
      public String id() {
        return "broken";
      }

      @Override
      public void send(Outbound message) {
        sent.add(RoomsWorld.summary(message));
        if (sent.size() == 1) {
          throw new IllegalStateException("socket");
        }
      }

      @Override
      public void disconnect() {
        sent.add("disconnected");
      }
    };
    try {
      small.loop.run(() -> small.rooms.connected(broken, "B", R));
      throw new AssertionError("The failure is reported to the loop");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("socket");
    }

    assertThat(sent).containsExactly("queue 1", "error CONNECTION_ERROR", "disconnected");
    assertThat(small.rooms.capacity()).isEqualTo(new CapacityStatus(1, 1, 0, 0));
    assertThat(small.rooms.connectionCount("B")).isZero();
    assertThat(small.ask(small.rooms::refusals)).containsEntry("CONNECTION_ERROR", 1L);
  }

  @Test
  @DisplayName("10. Early event: join-room in the same turn as the connect, 200 times")
  void earlyEvent() {
    RoomsWorld wide = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "200", "PUBLIC_ROOMS_MAX_CONCURRENT", "200");
    List<Tab> tabs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String user = wide.user("U" + i);
      Tab tab = new Tab(wide, "U" + i, R, "U" + i + "-1");
      tabs.add(tab);
      wide.loop.execute(() -> wide.rooms.connected(tab, tab.address, R));
      wide.loop.execute(() -> wide.rooms.received(tab, new JoinRoom(Optional.of(user), Optional.empty())));
    }
    wide.loop.run();

    assertThat(tabs).allSatisfy(tab -> assertThat(tab.take()).startsWith("chat-history []").contains("user-joined " + tab.address + " " + (tabs.indexOf(tab) + 1)));
    assertThat(wide.occupancy(R)).isEqualTo(200);
  }
}
