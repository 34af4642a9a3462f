package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 2.1: users, and how long they are known. */
class VisitorTest {
  private static final String R = RoomsWorld.R;
  private static final long TTL = 1_800_000;

  private final RoomsWorld world = new RoomsWorld();

  @Test
  @DisplayName("2. User per IP: the same one with the second name; another address has another one")
  void userPerAddress() {
    String a = world.enter("A", "Ann");
    assertThat(world.enter("A", "Anna")).isEqualTo(a);
    assertThat(world.kept.visitors.get("A").displayName()).isEqualTo("Anna");
    assertThat(world.enter("B", "Bob")).isNotEqualTo(a);
    assertThat(world.figure("users")).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"1799999, true", "1800000, false", "1800001, false"})
  @DisplayName("2.1 Gone after half an hour without activity: just before, at, and just after")
  void expiry(long millis, boolean isKnown) {
    String id = world.enter("A", "Ann");
    world.pass(millis);
    assertThat(world.restJoin("A", R, id)).isEqualTo(isKnown ? "OK" : "USER_NOT_FOUND");
    assertThat(world.kept.visitors.containsKey("A")).isEqualTo(isKnown);
  }

  @Test
  @DisplayName("2.1 Every request by REST is activity, also a refused one")
  void restIsActivity() {
    String id = world.enter("A", "Ann");
    for (int i = 0; i < 10; i++) {
      world.pass(TTL - 1);
      world.ask(() -> world.rooms.permitApi("A"));
      world.pass(TTL - 1);
      world.ask(() -> world.rooms.permitJoin("A"));
    }
    assertThat(world.enter("A", "Ann")).isEqualTo(id);
  }

  @Test
  @DisplayName("2.1 A live socket keeps its user, whether it has joined or not, until it goes (defect 16)")
  void socketKeeps() {
    RoomsWorld quiet = new RoomsWorld(RoomsWorld.QUIET);
    String a = quiet.user("A");
    String b = quiet.user("B");
    Tab joined = quiet.joined("A", R);
    Tab unjoined = quiet.connect("B", R);
    quiet.pass(10 * TTL);
    assertThat(quiet.occupancy(R)).isEqualTo(1);
    unjoined.joinAs(b).hears("chat-history []", "user-joined B 2");
    joined.drop();
    assertThat(quiet.restJoin("A", R, a)).isEqualTo("USER_NOT_FOUND");
    unjoined.hears("user-left A 1");
    quiet.pass(TTL);
    unjoined.nothing();
    assertThat(quiet.figure("users")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.1 Events of a socket, a pong too, are activity")
  void eventsAreActivity() {
    String a = world.user("A");
    Tab tab = world.connect("A", R);
    world.pass(TTL / 2);
    tab.pong();
    world.pass(60_000);
    tab.drop();
    world.pass(TTL - 60_001);
    assertThat(world.user("A")).isEqualTo(a);
    assertThat(world.restJoin("A", R, a)).isEqualTo("OK");
  }

  @Test
  @DisplayName("2.1 The end of a user is the end of a reserved seat: nobody in the room hears of it, the list of rooms does")
  void expiryOfReserved() {
    RoomsWorld quiet = new RoomsWorld(RoomsWorld.QUIET);
    quiet.restJoin("A", R);
    Tab b = quiet.joined("B", R);
    quiet.pass(TTL - 1);
    assertThat(quiet.occupancy(R)).isEqualTo(2);
    assertThat(quiet.takeLog()).isEmpty();
    quiet.pass(1);
    assertThat(quiet.occupancy(R)).isEqualTo(1);
    assertThat(quiet.takeLog()).containsExactly("/ R1 1");
    b.nothing();
  }

  @Test
  @DisplayName("2.1 Nobody needs to look: the sweep finds who is gone")
  void sweep() {
    world.restJoin("A", R);
    world.takeLog();
    world.pass(TTL + 60_000);
    assertThat(world.takeLog()).containsExactly("/ R1 0");
    assertThat(world.kept.visitors).isEmpty();
  }

  @Test
  @DisplayName("2.1 An expired seat is free for the next one at once")
  void seatOfExpired() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_CAPACITY", "1");
    small.restJoin("A", R);
    small.pass(TTL - 1);
    String b = small.user("B");
    assertThat(small.restJoin("B", R, b)).isEqualTo("ROOM_FULL");
    Tab tab = small.connect("B", R);
    assertThat(tab.joinAs(b).fault()).isEqualTo(FaultCode.JOIN_ERROR);
    small.pass(1);
    tab.joinAs(b).hears("chat-history []", "user-joined B 1");
  }

  @Test
  @DisplayName("Users are bounded: who was inactive for longest goes, unless it has a seat or a socket")
  void bound() {
    RoomsWorld small = new RoomsWorld("PUBLIC_ROOMS_MAX_USERS", "4");
    small.restJoin("A", R);
    small.user("B");
    small.connect("B", R);
    small.pass(1);
    String c = small.user("C");
    small.pass(1);
    String d = small.user("D");
    small.ask(() -> small.rooms.permitApi("C"));
    small.user("E");
    assertThat(small.kept.visitors.keySet()).containsExactlyInAnyOrder("A", "B", "C", "E");
    assertThat(small.restJoin("D", R, d)).isEqualTo("USER_NOT_FOUND");
    assertThat(small.restJoin("C", R, c)).isEqualTo("OK");
    // All of them in use: one more than the bound, for as long as it lasts.
    small.connect("E", R);
    small.user("F");
    assertThat(small.figure("users")).isEqualTo(5);
    small.user("G");
    assertThat(small.kept.visitors.keySet()).containsExactlyInAnyOrder("A", "B", "C", "E", "G");
  }

  @Test
  @DisplayName("34. After a restart users have what is left of their time")
  void restart() {
    String a = world.enter("A", "Ann");
    world.pass(1_000_000);
    String b = world.enter("B", "Bob");
    RoomsWorld next = world.restarted(799_999);
    assertThat(next.enter("A", "Ann")).isEqualTo(a);
    RoomsWorld later = world.restarted(800_000);
    assertThat(later.restJoin("A", R, a)).isEqualTo("USER_NOT_FOUND");
    assertThat(later.restJoin("B", R, b)).isEqualTo("OK");
    assertThat(later.kept.visitors.keySet()).containsExactly("B");
  }

  @Test
  @DisplayName("What is kept of mere activity is written once in a while, not with every event")
  void activityIsWrittenRarely() {
    world.user("A");
    Tab tab = world.connect("A", R);
    long before = world.kept.writes;
    for (int i = 0; i < 600; i++) {
      world.pass(1_000);
      tab.nudge();
    }
    assertThat(world.kept.writes - before).isEqualTo(10);
  }
}
