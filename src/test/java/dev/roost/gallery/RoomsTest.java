package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.2: how rooms come into being and go, and the bounds on it. */
class RoomsTest {
  private static final int GRACE = 10_000;

  private final GalleryWorld world = new GalleryWorld();

  @Test
  @DisplayName("3. Create without id: a generated one, and the creator is not in the room")
  void createWithoutId() {
    GalleryClient a = world.client("A");

    Json created = a.send("{'action':'create_room','requestId':'q'}").expect("room_created");

    assertThat(created.keys()).containsExactlyInAnyOrder("requestId", "roomId");
    assertThat(created.at("requestId").text()).isEqualTo("q");
    assertThat(created.at("roomId").text()).matches("room-[a-z0-9]{1,9}");
    assertThat(world.roomIds()).containsExactly(created.at("roomId").text());
    assertThat(world.roster(created.at("roomId").text())).isEmpty();
    GalleryClient b = world.client("B").join(created.at("roomId").text());
    b.expect("room_joined");
    b.chat("hi");
    a.nothing();
    assertThat(a.chat("hi").fault()).isEqualTo("Not in a room");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "''"})
  @DisplayName("3.1 Create with an empty id: generated")
  void createWithEmptyId(String roomId) {
    Json created = world.client("A").send("{'action':'create_room','roomId':" + roomId + "}").expect("room_created");

    assertThat(created.keys()).containsExactly("roomId");
    assertThat(created.at("roomId").text()).matches("room-[a-z0-9]{1,9}");
  }

  @Test
  @DisplayName("3. Create the same id again: refused, whoever made it and however")
  void createTwice() {
    GalleryClient a = world.client("A");
    a.create("R", "{}").expect("room_created");
    world.viewer("B", "S");

    assertThat(a.send("{'action':'create_room','requestId':'q','roomId':'R','config':{'maxUsers':1}}").expect("error"))
        .isEqualTo(Json.parse("{\"message\":\"Room already exists\",\"requestId\":\"q\"}"));
    assertThat(a.create("S", "{'password':'x'}").fault()).isEqualTo("Room already exists");
    world.viewer("C", "R");
    world.viewer("D", "R");
    world.viewer("E", "S");
    assertThat(world.roomIds()).containsExactly("R", "S");
  }

  @Test
  @DisplayName("3.1 Creating a room from within another one leaves the membership as it is")
  void createFromWithin() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    a.forget();

    a.create("S", "{}").expect("room_created");

    assertThat(world.roster("R")).containsExactly("A", "B");
    a.chat("hi");
    assertThat(b.hears()).isEqualTo("hi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'maxUsers':4}", "{'maxUsers':400}", "{'maxUsers':1e300}", "{'maxUsers':0}", "{'maxUsers':-1}", "{'maxUsers':2.5}", "{'maxUsers':'2'}",
      "{'maxUsers':null}", "null", "[]", "5"})
  @DisplayName("3.1 maxUsers: larger is clamped, unusable is the default (defect 12)")
  void maxUsers(String config) {
    GalleryWorld four = new GalleryWorld("MAX_USERS_PER_ROOM", "4");
    four.create("R", config);
    for (int i = 0; i < 4; i++) {
      four.viewer("U" + i, "R");
    }

    assertThat(four.client("X").join("R").fault()).isEqualTo("Room is full");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'maxUsers':1}", "{'maxUsers':1.0}"})
  @DisplayName("3.1 maxUsers: one")
  void maxUsersOne(String config) {
    world.create("R", config);
    world.viewer("A", "R");

    assertThat(world.client("B").join("R").fault()).isEqualTo("Room is full");
  }

  @Test
  @DisplayName("4. MAX_USERS_PER_ROOM holds for automatic rooms too, 50 by default")
  void automaticMaxUsers() {
    for (int i = 0; i < 50; i++) {
      world.viewer("U" + i, "R");
    }

    assertThat(world.client("X").join("R").fault()).isEqualTo("Room is full");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'password':''}", "{'password':5}", "{'password':null}"})
  @DisplayName("3.1 A password that is no text, or empty, is none")
  void noPassword(String config) {
    world.create("R", config);

    world.viewer("A", "R");
    assertThat(world.roster("R")).containsExactly("A");
  }

  @Test
  @DisplayName("3.1 A password of 256 characters is one, a longer one is none")
  void longPassword() {
    world.create("R", "{'password':'" + "p".repeat(256) + "'}");
    world.create("S", "{'password':'" + "p".repeat(257) + "'}");

    assertThat(world.client("A").join("R").fault()).isEqualTo("Invalid password");
    world.client("B").join("R", "'password':'" + "p".repeat(256) + "'").expect("room_joined");
    world.client("C").join("S").expect("room_joined");
  }

  // ---- R3 to R5: the end

  @Test
  @DisplayName("12. A room that is not persistent is gone with its last member, password and state with it")
  void lastLeave() {
    world.create("R", "{'password':'p'}");
    GalleryClient a = world.client("A").join("R", "'password':'p'").update("{'k':1}").forget();
    assertThat(world.state("R").at("k").number()).isEqualTo(1);

    a.leave();

    assertThat(world.roomIds()).isEmpty();
    assertThat(a.join("R").expect("room_joined").at("roomInfo", "state")).isEqualTo(GalleryWorld.INITIAL_STATE);
    a.drop();
    assertThat(world.roomIds()).isEmpty();
  }

  @Test
  @DisplayName("12. A persistent room survives its last leave, with state, annotations and password; leaving takes the focus points along")
  void persistentRoom() {
    world.create("R", "{'persistent':true,'password':'p'}");
    world.client("A").join("R", "'password':'p'").update(4, "{'k':1}").annotate("a1").focus("/x").drop();
    world.pass(2 * GalleryWorld.ROOM_TIMEOUT);

    assertThat(world.client("B").join("R").fault()).isEqualTo("Invalid password");
    Json state = world.client("C").join("R", "'password':'p'").expect("room_joined").at("roomInfo", "state");
    assertThat(state.at("k").number()).isEqualTo(1);
    assertThat(state.at("version").number()).isEqualTo(4);
    assertThat(state.at("annotations", 0, "id").text()).isEqualTo("a1");
    assertThat(state.at("focusPoints").items()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'persistent':'true'}", "{'persistent':1}", "{'persistent':false}", "{'persistent':null}"})
  @DisplayName("3.1 Only the value true makes a room persistent")
  void notPersistent(String config) {
    world.create("R", config);
    world.viewer("A", "R").leave();

    assertThat(world.roomIds()).isEmpty();
  }

  @Test
  @DisplayName("13. A room that nobody ever joined goes after ROOM_TIMEOUT and a sweep; a persistent one stays")
  void timeout() {
    world.pass(30_000);
    world.create("R", "{}");
    world.create("P", "{'persistent':true}");
    world.pass(GalleryWorld.ROOM_TIMEOUT - 1);
    assertThat(world.roomIds()).containsExactly("R", "P");
    world.pass(GalleryWorld.SWEEP + 1);

    assertThat(world.roomIds()).containsExactly("P");
  }

  @Test
  @DisplayName("R4: a room with members never times out, however silent they are")
  void noTimeoutForMembers() {
    GalleryClient a = world.viewer("A", "R");
    world.pass(3 * GalleryWorld.ROOM_TIMEOUT);

    assertThat(world.roster("R")).containsExactly("A");
    a.leave();
    assertThat(world.roomIds()).isEmpty();
  }

  @Test
  @DisplayName("EMPTY_ROOM_GRACE: an emptied room waits, with state and password, and no longer")
  void grace() {
    GalleryWorld patient = new GalleryWorld("EMPTY_ROOM_GRACE", "" + GRACE);
    patient.create("R", "{'password':'p'}");
    GalleryClient a = patient.client("A").join("R", "'password':'p'").update("{'k':1}").leave();
    patient.pass(GRACE - 1);
    assertThat(patient.client("B").join("R").fault()).isEqualTo("Invalid password");
    a.forget().join("R", "'password':'p'");
    assertThat(a.expect("room_joined").at("roomInfo", "state", "k").number()).isEqualTo(1);
    // The wait that began with the first leave is over; that of the second is not.
    patient.pass(5_000);
    a.leave();
    patient.pass(GRACE - 1);
    assertThat(patient.roomIds()).containsExactly("R");
    patient.pass(1);

    assertThat(patient.roomIds()).isEmpty();
  }

  @Test
  @DisplayName("EMPTY_ROOM_GRACE: the wait of a deleted room does not end a new one of its name")
  void graceOfAnOldRoom() {
    GalleryWorld patient = new GalleryWorld("EMPTY_ROOM_GRACE", "" + GRACE);
    patient.viewer("A", "R").leave();
    patient.delete("R");
    patient.create("R", "{}");
    patient.pass(2 * GRACE);

    assertThat(patient.roomIds()).containsExactly("R");
  }

  @Test
  @DisplayName("2.2 lastActivity: creation, join, leave and each accepted broadcast; not a refused one, nor a direct message")
  void lastActivity() {
    world.create("R", "{'persistent':true}");
    assertActivity(0);
    world.pass(10);
    GalleryClient a = world.viewer("A", "R");
    assertActivity(10);
    world.pass(10);
    GalleryClient h = world.host("H", "R");
    assertActivity(20);
    world.pass(10);
    a.chat("x");
    assertActivity(30);
    world.pass(10);
    a.update("{'k':1}");
    a.direct("H", "'x'");
    assertActivity(30);
    h.leave();
    assertActivity(40);
    assertThat(world.room("R").createdAt().toEpochMilli()).isEqualTo(world.loop.now().toEpochMilli() - 40);
  }

  private void assertActivity(long millis) {
    assertThat(world.room("R").lastActivity().toEpochMilli() - world.room("R").createdAt().toEpochMilli()).isEqualTo(millis);
  }

  // ---- Bounds

  @Test
  @DisplayName("23. Server full: neither made nor joined into being; what is there can be joined")
  void serverFull() {
    GalleryWorld small = new GalleryWorld("MAX_ROOMS", "3");
    small.create("P", "{'persistent':true}");
    small.create("R", "{}");
    small.viewer("A", "S");
    GalleryClient x = small.client("X");

    assertThat(x.send("{'action':'create_room','requestId':4,'roomId':'T'}").expect("error")).isEqualTo(Json.parse("{\"message\":\"Server at capacity\",\"requestId\":4}"));
    assertThat(x.send("{'action':'create_room'}").fault()).isEqualTo("Server at capacity");
    assertThat(x.join("U", "'requestId':5").fault()).isEqualTo("Server at capacity");
    assertThat(small.roomIds()).containsExactly("P", "R", "S");
    x.join("R").expect("room_joined");
    x.leave();
    assertThat(small.roomIds()).containsExactly("P", "S");
    x.join("U").expect("room_joined");
  }

  @Test
  @DisplayName("MAX_ROOM_CREATIONS: 30 a minute from one address; another address is not affected, nor are joins")
  void creations() {
    GalleryClient a = world.client("A", "192.0.2.1");
    GalleryClient b = world.client("B", "192.0.2.1");
    for (int i = 0; i < 30; i++) {
      (i % 2 == 0 ? a : b).create("R" + i, "{}").expect("room_created");
    }

    assertThat(a.send("{'action':'create_room','requestId':'q'}").expect("error")).isEqualTo(Json.parse("{\"message\":\"Rate limit exceeded\",\"requestId\":\"q\"}"));
    assertThat(b.create("X", "{}").fault()).isEqualTo("Rate limit exceeded");
    world.client("C", "192.0.2.2").create("X", "{}").expect("room_created");
    b.join("Y").expect("room_joined");
    assertThat(world.roomIds()).hasSize(32);
    world.pass(60_000);
    for (int i = 0; i < 30; i++) {
      a.create("S" + i, "{}").expect("room_created");
    }
    assertThat(a.create("S30", "{}").fault()).isEqualTo("Rate limit exceeded");
  }

  // ---- Section 7: deletion

  @Test
  @DisplayName("7. Deletion: members are told, hear of each other that they left, and are out of the room")
  void delete() {
    world.create("R", "{'persistent':true}");
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    GalleryClient c = world.viewer("C", "R");
    GalleryClient other = world.viewer("O", "S");
    for (GalleryClient client : new GalleryClient[] {a, b, c}) {
      client.forget();
    }

    assertThat(world.delete("R")).isTrue();

    assertThat(world.roomIds()).containsExactly("S");
    assertThat(a.expect("error")).isEqualTo(Json.parse("{\"message\":\"Room deleted\"}"));
    assertThat(a.take()).extracting(message -> message.at("event").text() + " " + message.at("data", "userId").text())
        .containsExactlyInAnyOrder("user_left B", "user_left C");
    assertThat(b.events()).containsExactly("error", "user_left", "user_left");
    assertThat(c.events()).containsExactly("error", "user_left", "user_left");
    other.nothing();
    assertThat(a.chat("x").fault()).isEqualTo("Not in a room");
    a.direct("B", "'outside'");
    assertThat(b.expect("message").at("message").text()).isEqualTo("outside");
    assertThat(a.join("R").expect("room_joined").at("roomInfo", "state")).isEqualTo(GalleryWorld.INITIAL_STATE);
    b.drop();
    a.nothing();
    assertThat(world.roster("R")).containsExactly("A");
  }

  @Test
  @DisplayName("7. Deletion of a room that is not there")
  void deleteNothing() {
    world.viewer("A", "R");

    assertThat(world.delete("S")).isFalse();
    assertThat(world.delete("")).isFalse();
    assertThat(world.roomIds()).containsExactly("R");
  }
}
