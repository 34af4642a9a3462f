package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.SignalBody;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section 2.8: the places in the system, and the queue for them. */
class CapacityTest {
  private static final String R = RoomsWorld.R;

  private final RoomsWorld world = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "2", "PUBLIC_ROOMS_QUEUE_TIMEOUT_MS", "1000", "PUBLIC_ROOMS_QUEUE_MAX", "3");
  private final Tab a = world.joined("A", R);
  private final Tab b = world.joined("B", R);

  @Test
  @DisplayName("30. The third one waits, is told its position, and what it sent happens when a place is free")
  void waits() {
    world.user("C");
    Tab c = world.connect("C", R).join().say("hi");
    c.hears("queue 1");
    assertThat(world.occupancy(R)).isEqualTo(2);
    world.pass(999);
    world.takeLog();
    a.drop();

    assertThat(world.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "C1 chat-history []", "B1 user-joined C 2", "C1 user-joined C 2", "/ R1 2", "B1 new-message hi",
        "C1 new-message hi");
    world.pass(10_000);
    assertThat(c.isDisconnected()).isFalse();
    assertThat(world.rooms.capacity()).isEqualTo(new CapacityStatus(2, 2, 0, 0));
  }

  @Test
  @DisplayName("30. Too late: SYSTEM_AT_CAPACITY, and nothing of it is left")
  void tooLate() {
    world.user("C");
    Tab c = world.connect("C", R).join();
    c.hears("queue 1");
    world.pass(999);
    c.nothing();
    world.pass(1);

    c.hears("error SYSTEM_AT_CAPACITY");
    assertThat(c.isDisconnected()).isTrue();
    assertThat(world.rooms.connectionCount("C")).isZero();
    a.drop();
    assertThat(world.occupancy(R)).isEqualTo(1);
    assertThat(world.rooms.capacity()).isEqualTo(new CapacityStatus(1, 2, 0, 1));
  }

  @Test
  @DisplayName("2.8 First come, first served; positions are told when they change")
  void positions() {
    Tab c = world.connect("C", R);
    Tab d = world.connect("D", R);
    Tab e = world.connect("E", R);
    c.hears("queue 1");
    d.hears("queue 2");
    e.hears("queue 3");
    d.drop();
    c.nothing();
    e.hears("queue 2");

    a.drop();
    c.nothing();
    e.hears("queue 1");
    assertThat(world.rooms.capacity()).isEqualTo(new CapacityStatus(2, 2, 1, 0));
    c.drop();
    e.nothing();
    e.join().hears("chat-history []", "user-joined E 2");
  }

  @Test
  @DisplayName("2.8 A full queue: SYSTEM_AT_CAPACITY at once")
  void fullQueue() {
    for (String address : List.of("C", "D", "E")) {
      world.connect(address, R).hears("queue " + (address.charAt(0) - 'B'));
    }
    Tab f = world.connect("F", R);
    f.hears("error SYSTEM_AT_CAPACITY");
    assertThat(f.isDisconnected()).isTrue();
    assertThat(world.rooms.connectionCount("F")).isZero();
    assertThat(world.rooms.capacity().queueLength()).isEqualTo(3);
  }

  @Test
  @DisplayName("2.3 Of what is sent while waiting, 32 events are kept, in order")
  void heldEvents() {
    RoomsWorld chatty = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1", "PUBLIC_ROOMS_CHAT_LIMIT", "100");
    Tab first = chatty.connect("A", R);
    chatty.user("B");
    Tab second = chatty.connect("B", R).join();
    IntStream.rangeClosed(1, 40).forEach(i -> second.say("m" + i));
    second.forget();
    first.drop();

    List<String> heard = second.take();
    assertThat(heard.subList(2, heard.size())).containsExactlyElementsOf(IntStream.rangeClosed(1, 31).mapToObj(i -> "new-message m" + i).toList());
    assertThat(chatty.figure("droppedEvents")).isEqualTo(9);
  }

  @Test
  @DisplayName("2.3 Of what is sent while waiting, little memory is kept")
  void heldBytes() {
    Tab c = world.connect("C", R);
    String large = "x".repeat(1_000_000);
    c.send(new SendMessage(Optional.of("u"), Optional.of(large)));
    RawJson part = RawJson.of("\"" + "y".repeat(60_000) + "\"");
    for (int i = 0; i < 5; i++) {
      c.send(new WebRtcSignal(Optional.of("u"), new SignalBody(part, RawJson.ABSENT), Acknowledgement.NONE));
    }
    assertThat(world.figure("droppedEvents")).isEqualTo(4);
  }

  @Test
  @DisplayName("2.8 leave-room of one that has just been admitted frees its place for the next one")
  void admittedAndGone() {
    world.user("C");
    Tab c = world.connect("C", R).join().leave();
    Tab d = world.connect("D", R).join();
    world.takeLog();
    a.drop();

    assertThat(c.isDisconnected()).isTrue();
    assertThat(d.isDisconnected()).isFalse();
    assertThat(world.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "D1 queue 1", "C1 chat-history []", "B1 user-joined C 2", "C1 user-joined C 2", "/ R1 2",
        "B1 user-left C 1", "/ R1 1", "C1 is disconnected", "D1 chat-history []", "B1 user-joined D 2", "D1 user-joined D 2", "/ R1 2");
  }

  @Test
  @DisplayName("2.2 REST leave takes the waiting socket of the user, too, and does not let it in on the way")
  void leaveWhileWaiting() {
    Tab waiting = world.connect("A", R).join();
    world.takeLog();
    world.restLeave("A", R);

    assertThat(world.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "A1 is disconnected", "A2 is disconnected");
    assertThat(waiting.isDisconnected()).isTrue();
    assertThat(world.rooms.capacity()).isEqualTo(new CapacityStatus(1, 2, 0, 1));
  }

  @Test
  @DisplayName("2.8 Who waits counts for its address")
  void waitingCounts() {
    world.connect("C", R);
    world.connect("C", R);
    assertThat(world.connect("C", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
  }

  @Test
  @DisplayName("2.5 Who waits is not asked; the ticks count from the connection on")
  void pingOfWaiting() {
    RoomsWorld checked = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1", "PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "300");
    Tab first = checked.connect("A", R);
    Tab second = checked.connect("B", R);
    checked.pass(900);
    first.pong();
    checked.pass(600);
    first.pong();
    second.hears("queue 1");
    first.drop();
    checked.pass(499);
    second.nothing();
    checked.pass(1);
    second.hears("ping");
  }
}
