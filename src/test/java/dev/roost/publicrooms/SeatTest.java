package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.2: memberships, who is told of them, and when. */
class SeatTest {
  private static final String R = RoomsWorld.R;
  private static final String S = RoomsWorld.S;

  private final RoomsWorld world = new RoomsWorld();

  @Test
  @DisplayName("1. Room list: ten rooms in the order of their numbers, empty")
  void roomList() {
    List<RoomView> rooms = world.ask(world.rooms::rooms);

    assertThat(rooms).extracting(RoomView::name).containsExactlyElementsOf(IntStream.rangeClosed(1, 10).mapToObj(n -> "Study Room " + n).toList());
    assertThat(rooms).allSatisfy(room -> {
      assertThat(room.currentOccupancy()).isZero();
      assertThat(room.capacity()).isEqualTo(10);
      assertThat(room.isFull()).isFalse();
    });
  }

  @Test
  @DisplayName("4. REST join: a seat is reserved, which only the list of rooms shows")
  void restJoin() {
    Tab b = world.joined("B", R);
    JoinOutcome.Joined joined = (JoinOutcome.Joined) world.ask(() -> world.rooms.join("A", R, world.user("A")));

    assertThat(joined.room().currentOccupancy()).isEqualTo(2);
    assertThat(joined.participants()).extracting(ParticipantView::id).containsExactly(world.user("B"), world.user("A"));
    assertThat(joined.participants()).allSatisfy(participant -> assertThat(participant.isVideoEnabled() || participant.isAudioEnabled()).isFalse());
    assertThat(joined.participants().getLast().joinedAt()).isEqualTo(world.loop.now());
    assertThat(world.takeLog()).containsExactly("/ R1 2");
    b.nothing();
  }

  @Test
  @DisplayName("5. Double join: this room, or another one")
  void doubleJoin() {
    assertThat(world.restJoin("A", R)).isEqualTo("OK");
    world.takeLog();

    assertThat(world.restJoin("A", R)).isEqualTo("ALREADY_IN_ROOM");
    assertThat(world.restJoin("A", S)).isEqualTo("ALREADY_IN_ROOM");
    assertThat(world.occupancy(R)).isEqualTo(1);
    assertThat(world.occupancy(S)).isZero();
    assertThat(world.takeLog()).isEmpty();
  }

  @Test
  @DisplayName("6. and 7. Unknown rooms and users, and users of others")
  void faultsOfRest() {
    String a = world.user("A");
    world.user("B");
    assertThat(world.restJoin("A", "R99")).isEqualTo("ROOM_NOT_FOUND");
    assertThat(world.restJoin("A", "R99", "nobody")).isEqualTo("USER_NOT_FOUND");
    assertThat(world.restJoin("B", "R99", a)).isEqualTo("INVALID_USER");
    assertThat(world.restJoin("A", R)).isEqualTo("OK");

    assertThat(world.restJoin("B", R, a)).isEqualTo("INVALID_USER");
    assertThat(world.restLeave("B", R, a)).isEqualTo("INVALID_USER");
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("8. Last seat race: exactly as many joins as seats; two leaves at once count once")
  void lastSeat() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "3");
    List<String> outcomes = IntStream.range(0, 10).mapToObj(i -> small.restJoin("U" + i, R)).toList();

    assertThat(outcomes).filteredOn("OK"::equals).hasSize(3);
    assertThat(outcomes).filteredOn("ROOM_FULL"::equals).hasSize(7);
    assertThat(small.ask(small.rooms::rooms).getFirst().isFull()).isTrue();
    assertThat(small.restLeave("U0", R)).isEqualTo("OK");
    assertThat(small.restLeave("U0", R)).isEqualTo("OK");
    assertThat(small.occupancy(R)).isEqualTo(2);
  }

  @Test
  @DisplayName("9. Announce: history, then user-joined for everybody, then the list of rooms")
  void announce() {
    world.restJoin("B", R);
    world.joined("A", R);
    Tab b = world.connect("B", R);
    world.pass(1_000);
    world.takeLog();
    b.join();

    assertThat(world.takeLog()).containsExactly("B1 chat-history []", "A1 user-joined B 2", "B1 user-joined B 2", "/ R1 2");
    UserJoined joined = (UserJoined) b.takeAll().getLast();
    assertThat(joined.userName()).isEqualTo("B");
    // The time of the seat, as the list of participants has it.
    assertThat(joined.joinedAt()).isEqualTo(world.loop.now().minusSeconds(1)).isEqualTo(world.participants(R).getFirst().joinedAt());
  }

  @Test
  @DisplayName("11. No REST join: join-room takes the seat, and tells of it once")
  void joinWithoutRest() {
    world.user("A");
    world.connect("A", R).join();

    assertThat(world.takeLog()).containsExactly("A1 chat-history []", "A1 user-joined A 1", "/ R1 1");
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("12. Reconnect: the others see user-left and user-joined")
  void reconnect() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.drop();
    b.hears("user-left A 1");
    world.connect("A", R).join();

    b.hears("user-joined A 2");
    assertThat(world.takeLog()).containsSubsequence("/ R1 1", "/ R1 2");
  }

  @Test
  @DisplayName("13. Identity: the user of another address, or none")
  void identity() {
    Tab a = world.joined("A", R);
    Tab b = world.connect("B", R);

    assertThat(b.joinAs(world.user("A")).fault()).isEqualTo(FaultCode.INVALID_USER);
    world.user("B");
    assertThat(b.joinAs(world.user("A")).fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(b.isDisconnected()).isFalse();
    a.nothing();
    b.join().hears("chat-history []", "user-joined B 2");
  }

  @Test
  @DisplayName("14. Malformed join: INVALID_REQUEST comes first, and nothing ends")
  void malformedJoin() {
    Tab nobody = world.connect("A", "no-such-room");

    assertThat(nobody.send(new JoinRoom(Optional.empty(), Optional.of("x"))).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(nobody.joinAs("user-B-7").fault()).isEqualTo(FaultCode.INVALID_USER);
    assertThat(nobody.join().fault()).isEqualTo(FaultCode.ROOM_NOT_FOUND);
    assertThat(nobody.isDisconnected()).isFalse();
  }

  @Test
  @DisplayName("15. Rooms that do not exist: 10,000 of them leave nothing behind")
  void unknownRooms() {
    RoomsWorld open = new RoomsWorld("PUBLIC_ROOMS_BACKOFF_WINDOW_MS", "0");
    int timers = open.loop.timers();
    for (int i = 0; i < 10_000; i++) {
      Tab tab = open.connect("A", "abc-" + i);
      assertThat(tab.join().fault()).isEqualTo(FaultCode.ROOM_NOT_FOUND);
      tab.drop();
    }

    assertThat(open.loop.timers()).isEqualTo(timers);
    assertThat(open.sockets("admitted")).isZero();
    assertThat(open.rooms.connectionCount("A")).isZero();
  }

  @Test
  @DisplayName("16. Repeated join-room: only the socket itself hears of it")
  void repeatedJoin() {
    Tab a = world.joined("A", R);
    world.joined("B", R);
    a.forget();
    a.join().hears("chat-history []", "user-joined A 2");

    assertThat(world.takeLog()).allMatch(line -> line.startsWith("A1 "));
    assertThat(world.occupancy(R)).isEqualTo(2);
  }

  @Test
  @DisplayName("17. Two tabs: the second one is no news, and the last one that goes is")
  void twoTabs() {
    Tab first = world.joined("A", R);
    Tab b = world.joined("B", R);
    Tab second = world.connect("A", R);
    first.forget();
    second.join().hears("chat-history []", "user-joined A 2");
    first.nothing();
    b.nothing();

    first.drop();
    b.nothing();
    assertThat(world.occupancy(R)).isEqualTo(2);
    second.drop();
    b.hears("user-left A 1");
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("18. Leave: one user-left for the others, none for the leaver, who is disconnected; nothing follows")
  void leave() {
    Tab a = world.joined("A", R);
    world.joined("B", R);
    a.leave();

    assertThat(world.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "A1 is disconnected");
    world.pass(2_000);
    assertThat(world.takeLog()).isEmpty();
  }

  @Test
  @DisplayName("18. Leave with two tabs: both are disconnected, and hear nothing of it; sockets elsewhere stay")
  void leaveWithTwoTabs() {
    RoomsWorld wide = new RoomsWorld("PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "4");
    Tab a = wide.joined("A", R);
    wide.joined("B", R);
    Tab unjoined = wide.connect("A", R);
    Tab second = wide.connect("A", R).join();
    Tab elsewhere = wide.connect("A", S);
    wide.takeLog();
    second.leave();

    assertThat(wide.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "A1 is disconnected", "A2 is disconnected", "A3 is disconnected");
    assertThat(unjoined.isDisconnected()).isTrue();
    assertThat(elsewhere.isDisconnected()).isFalse();
    assertThat(wide.rooms.connectionCount("A")).isEqualTo(1);
    assertThat(a.isDisconnected()).isTrue();
  }

  @Test
  @DisplayName("19. Evict attempt: leave-room with the id of another")
  void evict() {
    Tab a = world.joined("A", R);
    Tab b = world.joined("B", R);
    a.forget();
    assertThat(a.leaveAs(world.user("B")).fault()).isEqualTo(FaultCode.INVALID_USER);

    assertThat(a.isDisconnected()).isFalse();
    b.nothing();
    assertThat(world.occupancy(R)).isEqualTo(2);
  }

  @Test
  @DisplayName("20. Leave without join")
  void leaveWithoutJoin() {
    Tab b = world.joined("B", R);
    Tab a = world.connect("A", R);

    assertThat(a.send(new LeaveRoom(Optional.empty())).fault()).isEqualTo(FaultCode.INVALID_REQUEST);
    assertThat(a.leave().fault()).isEqualTo(FaultCode.LEAVE_ERROR);
    assertThat(a.isDisconnected()).isFalse();
    assertThat(world.restLeave("A", R)).isEqualTo("OK");
    assertThat(world.restLeave("A", "R99")).isEqualTo("OK");
    assertThat(world.restLeave("A", R, "nobody")).isEqualTo("OK");
    b.nothing();
  }

  @Test
  @DisplayName("20. Leave in another room than where the seat is")
  void leaveElsewhere() {
    world.restJoin("A", S);
    assertThat(world.connect("A", R).leave().fault()).isEqualTo(FaultCode.LEAVE_ERROR);
    assertThat(world.restLeave("A", R)).isEqualTo("OK");
    assertThat(world.occupancy(S)).isEqualTo(1);
  }

  @Test
  @DisplayName("2.2 A seat that was never announced goes silently: reserved to none is for the list of rooms only")
  void leaveReserved() {
    Tab b = world.joined("B", R);
    world.restJoin("A", R);
    Tab a = world.connect("A", R);
    world.takeLog();
    a.leave();

    assertThat(world.takeLog()).containsExactly("/ R1 1", "A1 is disconnected");
    b.nothing();
  }

  @Test
  @DisplayName("2.2 The disconnect of a socket that never joined leaves a reserved seat alone")
  void disconnectOfUnjoined() {
    world.restJoin("A", R);
    world.connect("A", R).drop();
    assertThat(world.occupancy(R)).isEqualTo(1);
  }

  @Test
  @DisplayName("21. REST leave: the others hear once, the socket is disconnected, and its disconnect is no second leave")
  void restLeave() {
    Tab a = world.joined("A", R);
    world.joined("B", R);
    assertThat(world.restLeave("A", R)).isEqualTo("OK");

    assertThat(world.takeLog()).containsExactly("B1 user-left A 1", "/ R1 1", "A1 is disconnected");
    a.drop();
    world.pass(10_000);
    assertThat(world.takeLog()).isEmpty();
  }

  @Test
  @DisplayName("2.2 Full, or a member of another room: JOIN_ERROR, and nothing has changed")
  void joinErrors() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "1");
    Tab b = small.joined("B", R);
    Tab a = small.connect("A", R);
    assertThat(a.joinWithName("New").fault()).isEqualTo(FaultCode.JOIN_ERROR);
    assertThat(small.kept.visitors.get("A").displayName()).isEqualTo("A");
    small.restJoin("A", S);
    b.leave();
    small.takeLog();

    assertThat(a.join().fault()).isEqualTo(FaultCode.JOIN_ERROR);
    assertThat(small.occupancy(R)).isZero();
    assertThat(small.occupancy(S)).isEqualTo(1);
    assertThat(a.isDisconnected()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "<b></b>", "123456789012345678901234567890123456789012345678901"})
  @DisplayName("3.1 A userName that is no name: the stored one counts")
  void badUserName(String name) {
    Tab a = world.connect("A", R).joinWithName(name);
    assertThat(((UserJoined) a.takeAll().getLast()).userName()).isEqualTo("A");
  }

  @Test
  @DisplayName("3.1 A userName becomes the display name, escaped, and is kept")
  void userName() {
    Tab a = world.connect("A", R).joinWithName(" O'Brien ");
    assertThat(((UserJoined) a.takeAll().getLast()).userName()).isEqualTo("O&#x27;Brien");
    assertThat(world.kept.visitors.get("A").displayName()).isEqualTo("O&#x27;Brien");
    assertThat(world.participants(R).getFirst().displayName()).isEqualTo("O&#x27;Brien");
  }

  @Test
  @DisplayName("3.6 A broadcast reaches joined sockets of this room only")
  void broadcast() {
    Tab a = world.joined("A", R);
    Tab unjoined = world.connect("B", R);
    Tab elsewhere = world.joined("C", S);

    assertThat(world.ask(() -> world.rooms.broadcast(R, "room-update", RoomsWorld.json("{'message':'x'}")))).isEqualTo(1);
    assertThat(world.ask(() -> world.rooms.broadcast("R99", "room-update", RoomsWorld.json("1")))).isEqualTo(-1);
    a.hears("room-update {\"message\":\"x\"}");
    unjoined.nothing();
    elsewhere.nothing();
  }

  @Test
  @DisplayName("34. Restart: all rooms are empty, users and their names are there")
  void restart() {
    world.joined("A", R);
    world.restJoin("B", S);
    RoomsWorld next = world.restarted(1_000);

    assertThat(next.ask(next.rooms::rooms)).allMatch(room -> room.currentOccupancy() == 0);
    assertThat(next.participants(R)).isEmpty();
    assertThat(next.user("A")).isEqualTo(world.user("A"));
    assertThat(next.restJoin("A", R)).isEqualTo("OK");
  }

  @Test
  @DisplayName("3.3 An internal failure is a JOIN_ERROR, the socket stays, and nobody has a seat")
  void internalFailure() {
    world.user("A");
    Tab a = world.connect("A", R);
    world.kept.failure = Optional.of(new IllegalStateException("disk"));
    try {
      a.joinWithName("Other");
      throw new AssertionError("The failure is reported to the loop");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("disk");
    }
    world.kept.failure = Optional.empty();

    assertThat(a.only(ErrorEvent.class).code()).isEqualTo(FaultCode.JOIN_ERROR);
    assertThat(world.occupancy(R)).isZero();
    a.join().hears("chat-history []", "user-joined A 1");
  }
}
