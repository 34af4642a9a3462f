package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section 6: defects of the original that must not come back; those of headers, hashes, namespaces and bodies have their tests at the edge. */
class DefectsTest {
  private static final String R = RoomsWorld.R;
  private static final String S = RoomsWorld.S;

  private final RoomsWorld world = new RoomsWorld();

  @Test
  @DisplayName("2. The userId of a payload makes nobody somebody else")
  void impersonation() {
    Tab victim = world.joined("V", R);
    Tab a = world.joined("A", R);
    victim.forget();
    Optional<String> id = Optional.of(world.user("V"));
    assertThat(a.leaveAs(id.get()).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(a.send(new SendMessage(id, Optional.of("I am V"))).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(a.send(new Toggle(Medium.VIDEO, id, Optional.of(true))).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(world.restLeave("A", R, id.get())).isEqualTo("INVALID_USER");
    assertThat(world.restJoin("A", S, id.get())).isEqualTo("INVALID_USER");
    victim.nothing();
    assertThat(world.occupancy(R)).isEqualTo(2);
  }

  @Test
  @DisplayName("3. Events right after the connect are not lost; a disconnect in the middle leaks neither an entry of the address nor a place")
  void earlyEvents() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1");
    Tab a = small.connect("A", R);
    small.user("B");
    Tab b = small.connect("B", R).join();
    small.connect("C", R).drop();
    assertThat(small.rooms.connectionCount("C")).isZero();
    a.drop();
    b.hears("queue 1", "chat-history []", "user-joined B 1");
    b.drop();
    assertThat(small.rooms.capacity()).isEqualTo(new CapacityStatus(0, 1, 0, 1));
  }

  @Test
  @DisplayName("4. user-left comes once, after leave-room and after REST leave")
  void oneUserLeft() {
    Tab witness = world.joined("W", R);
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    witness.forget();
    a.leave().drop();
    world.restLeave("B", R);
    b.drop();
    world.pass(60_000);
    witness.hears("user-left A 2", "user-left B 1");
  }

  @Test
  @DisplayName("5. Closing one of two tabs removes nobody")
  void twoTabs() {
    Tab first = world.joined("A", R);
    world.connect("A", R).join();
    first.drop();
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("6. Never overfull, never negative, however joins and leaves come together")
  void atomic() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "2");
    small.restJoin("A", R);
    small.restJoin("A", S);
    for (String address : List.of("B", "C", "D")) {
      small.restJoin(address, R);
      small.connect(address, R).join();
    }
    assertThat(small.occupancy(R)).isEqualTo(2);
    assertThat(small.occupancy(S)).isZero();
    IntStream.range(0, 3).forEach(i -> small.restLeave("A", R));
    assertThat(small.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("7. An unknown room is not found, and not full")
  void unknownRoom() {
    assertThat(world.restJoin("A", "R99")).isEqualTo("ROOM_NOT_FOUND");
  }

  @Test
  @DisplayName("8. and 10. A userName is sanitised, and measured before it is escaped")
  void userName() {
    Tab b = world.joined("B", R);
    Tab a = world.connect("A", R).joinWithName("<img src=x onerror=alert(1)>" + "&".repeat(50));
    String shown = b.only(UserJoined.class).userName();
    assertThat(shown).isEqualTo("&amp;".repeat(50));
    a.forget().joinWithName("&".repeat(51));
    assertThat(((UserJoined) a.takeAll().getLast()).userName()).isEqualTo(shown);
  }

  @Test
  @DisplayName("9. Ordinary text with words of SQL and quotes is ordinary text")
  void ordinaryText() {
    Tab a = world.joined("A", R);
    a.say("Select a room; don't drop it -- or 1=1").hears("new-message Select a room; don&#x27;t drop it -- or 1=1");
  }

  @Test
  @DisplayName("11. Who has honoured the backoff is admitted")
  void honouredBackoff() {
    for (int i = 0; i < 12; i++) {
      Tab tab = world.connect("A", R);
      if (tab.isDisconnected()) {
        world.pass(1_000 * tab.only(ErrorEvent.class).retryAfter().orElseThrow());
        tab = world.connect("A", R);
      }
      assertThat(tab.isDisconnected()).isFalse();
      tab.drop();
    }
  }

  @Test
  @DisplayName("12. A third quick tab is limited and not throttled; the first ones are no reconnections")
  void thirdTab() {
    world.connect("A", R);
    world.connect("A", R);
    assertThat(world.connect("A", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
    assertThat(world.rooms.reconnection("A").count()).isEqualTo(1);
  }

  @Test
  @DisplayName("13. After a block of chat there is a whole budget again")
  void chatBlock() {
    Tab a = world.joined("A", R);
    IntStream.range(0, 11).forEach(i -> a.say("x"));
    world.pass(30_000);
    a.forget();
    IntStream.range(0, 10).forEach(i -> a.say("y"));
    assertThat(a.take()).hasSize(10).containsOnly("new-message y");
  }

  @Test
  @DisplayName("14. A block ends although the client tries and tries")
  void blockEnds() {
    RoomsWorld quick = new RoomsWorld("PUBLIC_ROOMS_BLOCK_WINDOW_MS", "1000", "PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "1");
    Tab held = quick.connect("A", R);
    IntStream.range(0, 11).forEach(i -> quick.connect("A", R));
    held.drop();
    for (int i = 0; i < 10; i++) {
      assertThat(quick.connect("A", R).fault()).isEqualTo(FaultCode.IP_BLOCKED);
      quick.pass(100);
    }
    assertThat(quick.connect("A", R).isDisconnected()).isFalse();
  }

  @Test
  @DisplayName("15. Who waits is told at once, who is admitted counts, SYSTEM_AT_CAPACITY comes, the queue is bounded")
  void queue() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_CONCURRENT", "1", "PUBLIC_ROOMS_QUEUE_MAX", "1");
    Tab a = small.connect("A", R);
    Tab b = small.connect("B", R);
    b.hears("queue 1");
    assertThat(small.connect("C", R).fault()).isEqualTo(FaultCode.SYSTEM_AT_CAPACITY);
    a.drop();
    assertThat(small.rooms.capacity()).isEqualTo(new CapacityStatus(1, 1, 0, 0));
    Tab d = small.connect("D", R).forget();
    small.pass(30_000);
    d.hears("error SYSTEM_AT_CAPACITY");
  }

  @Test
  @DisplayName("16. A connected user does not vanish")
  void connectedUser() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    for (int i = 0; i < 60; i++) {
      world.pass(60_000);
      a.pong();
      b.pong();
    }
    assertThat(world.occupancy(R)).isEqualTo(2);
    assertThat(world.participants(R)).hasSize(2);
  }

  @Test
  @DisplayName("17. A ping is missed when it was not answered, not when it was sent; a client that answers is asked every time")
  void pings() {
    Tab a = world.connect("A", R);
    world.pass(300_000);
    assertThat(world.figure("missedPings")).isZero();
    a.pong();
    world.pass(300_000);
    assertThat(a.take()).containsExactly("ping", "ping");
  }

  @Test
  @DisplayName("18. A media event without callback harms nobody")
  void noCallback() {
    world.connect("A", R).send(new MediaRequest("produce", Acknowledgement.NONE)).nothing();
  }

  @Test
  @DisplayName("19. Null payloads are INVALID_REQUEST")
  void nullPayloads() {
    Tab a = world.connect("A", R);
    assertThat(a.send(new JoinRoom(Optional.empty(), Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(a.send(new LeaveRoom(Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
  }

  @Test
  @DisplayName("20. Who has not joined hears nothing; who is in one room cannot announce itself in another")
  void joinedOnly() {
    Tab watcher = world.connect("W", R);
    Tab a = world.joined("A", R);
    a.say("x").toggle(Medium.AUDIO, true);
    watcher.nothing();
    Tab elsewhere = world.joined("B", S);
    Tab second = world.connect("A", S);
    assertThat(second.join().fault()).isEqualTo(FaultCode.JOIN_ERROR);
    elsewhere.forget();
    assertThat(second.say("x").fault()).isEqualTo(FaultCode.NOT_PARTICIPANT);
    elsewhere.nothing();
  }

  @Test
  @DisplayName("23. What is counted by socket or address is freed")
  void freed() {
    int timers = world.loop.timers();
    for (int i = 0; i < 300; i++) {
      String address = "U" + i;
      world.rooms.viewerConnected(address);
      Tab tab = world.connect(address, R).join();
      world.ask(() -> world.rooms.permitApi(address));
      tab.drop();
      world.rooms.viewerDisconnected(address);
    }
    world.pass(2 * 3_600_000);
    assertThat(world.loop.timers()).isEqualTo(timers);
    for (String figure : List.of("viewers", "users", "rememberedAddresses", "occupancy", "queueLength")) {
      assertThat(world.figure(figure)).as(figure).isZero();
    }
    assertThat(world.ask(world.rooms::sockets).values()).hasSize(4).containsOnly(0.0);
    assertThat(world.halls.get(R).sockets).isEmpty();
    assertThat(world.kept.visitors).isEmpty();
  }
}
