package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A break of a connection that the client may come back from: the seat is kept, what is counted by connections is not. */
class RecoveryTest {
  private static final String R = RoomsWorld.R;

  private final RoomsWorld world = new RoomsWorld(RoomsWorld.QUIET);

  @Test
  @DisplayName("Back in time: the others see neither user-left nor user-joined, and the socket is as it was")
  void backInTime() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.forget().interrupt();
    b.nothing();
    assertThat(world.occupancy(R)).isEqualTo(2);
    b.say("missed");
    assertThat(a.resume()).isTrue();

    // Kept by the socket, and delivered when it is back.
    a.hears("new-message missed");
    b.hears("new-message missed");
    a.say("hello").hears("new-message hello");
    b.hears("new-message hello");
    assertThat(world.takeLog()).noneMatch(line -> line.startsWith("/"));
    a.drop();
    b.hears("user-left A 1");
  }

  @Test
  @DisplayName("Back as another object with the same id")
  void backAsAnotherObject() {
    Tab a = world.joined("A", R);
    a.interrupt();
    Tab again = new Tab(world, "A", R, a.name);
    assertThat(again.resume()).isTrue();
    again.say("x").hears("new-message x");
    again.drop();
    assertThat(world.occupancy(R)).isZero();
    assertThat(world.halls.get(R).sockets).isEmpty();
  }

  @Test
  @DisplayName("Not back: at the end of the window it has left")
  void notBack() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.interrupt();
    world.pass(120_000);
    b.nothing();
    a.drop();
    b.hears("user-left A 1");
    assertThat(a.resume()).isFalse();
  }

  @Test
  @DisplayName("Its place, and its entry among those of its address, are free at once")
  void freeAtOnce() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1", "PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "1");
    Tab a = small.joined("A", R);
    Tab b = small.connect("B", R);
    small.user("B");
    b.join().hears("queue 1");
    a.interrupt();
    assertThat(small.rooms.connectionCount("A")).isZero();
    b.hears("chat-history []", "user-joined B 2");

    // Its place is taken, so it cannot come back.
    assertThat(a.resume()).isFalse();
    a.drop();
    b.hears("user-left A 1");
  }

  @Test
  @DisplayName("It cannot come back where its address has got too many sockets, or is blocked")
  void noRoomForTheAddress() {
    Tab a = world.joined("A", R);
    a.interrupt();
    Tab second = world.connect("A", R);
    Tab third = world.connect("A", R);
    assertThat(a.resume()).isFalse();
    third.drop();
    assertThat(a.resume()).isTrue();
    a.interrupt();
    world.connect("A", R);
    for (int i = 0; i < 11; i++) {
      world.connect("A", R);
    }
    second.drop();
    assertThat(a.resume()).isFalse();
  }

  @Test
  @DisplayName("Coming back minds no backoff, and is no attempt; coming otherwise is a serial one")
  void backoff() {
    Tab a = world.joined("A", R);
    for (int i = 0; i < 20; i++) {
      a.interrupt();
      assertThat(a.resume()).isTrue();
    }
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(1);
    a.interrupt();
    world.connect("A", R);
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(2);
  }

  @Test
  @DisplayName("A new socket of the same user in the meantime: nobody sees anything, whatever becomes of the old one")
  void newSocketMeanwhile() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.interrupt();
    Tab again = world.connect("A", R).join();
    again.hears("chat-history []", "user-joined A 2");
    a.drop();
    b.nothing();
    assertThat(world.occupancy(R)).isEqualTo(2);
    again.drop();
    b.hears("user-left A 1");
  }

  @Test
  @DisplayName("A leave from elsewhere ends the interrupted socket, too")
  void leaveWhileInterrupted() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.interrupt();
    world.restLeave("A", R);
    b.hears("user-left A 1");
    assertThat(a.isDisconnected()).isTrue();
    assertThat(a.resume()).isFalse();
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("Who has not joined has nothing to come back to, and is not kept")
  void unjoined() {
    Tab a = world.connect("A", R);
    a.interrupt();
    assertThat(a.isDisconnected()).as("nor is it kept").isTrue();
    assertThat(a.resume()).isFalse();
    assertThat(world.sockets("interrupted")).isZero();
    assertThat(world.rooms.connectionCount("A")).isZero();
  }

  @Test
  @DisplayName("Who waits for a place loses it")
  void waiting() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1");
    small.connect("A", R);
    Tab b = small.connect("B", R);
    b.interrupt();
    assertThat(b.isDisconnected()).isTrue();
    assertThat(b.resume()).isFalse();
    assertThat(small.rooms.capacity().queueLength()).isZero();
  }

  @Test
  @DisplayName("Nobody is asked while interrupted; afterwards the ticks begin anew")
  void healthCheck() {
    RoomsWorld quick = new RoomsWorld("PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "300", "PUBLIC_ROOMS_MAX_MISSED_PINGS", "1");
    Tab a = quick.joined("A", R);
    quick.pass(2_100);
    a.forget().interrupt();
    quick.pass(10_000);
    a.nothing();
    assertThat(a.resume()).isTrue();
    quick.pass(999);
    a.nothing();
    quick.pass(1);
    a.hears("ping");
  }

  @Test
  @DisplayName("An interrupted socket keeps its user, and hears nothing to act on")
  void keepsUser() {
    Tab a = world.joined("A", R);
    a.interrupt();
    world.pass(10_000_000);
    a.say("ghost");
    assertThat(world.occupancy(R)).isEqualTo(1);
    a.nothing();
    assertThat(world.sockets("interrupted")).isEqualTo(1);
  }

  @Test
  @DisplayName("Breaks without end leave no more sockets of an address behind than it may have")
  void endlessBreaks() {
    RoomsWorld open = new RoomsWorld("PUBLIC_ROOMS_BACKOFF_WINDOW_MS", "0");
    for (int i = 0; i < 50; i++) {
      open.connect("A", R).join().interrupt();
    }
    assertThat(open.sockets("interrupted")).isEqualTo(4);
    assertThat(open.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("A signal to an interrupted socket is kept by it; a broadcast counts who is there")
  void whatIsSentMeanwhile() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.forget().interrupt();
    assertThat(b.signal(world.user("A"))).isEqualTo("ok");
    assertThat(world.ask(() -> world.rooms.broadcast(R, "room-update", RoomsWorld.json("1")))).isEqualTo(1);
    a.hears("signal from B", "room-update 1");
  }
}
