package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.3: who gets in, what is taken over of what they say about themselves, and who is told. */
class JoinTest {
  private final GalleryWorld world = new GalleryWorld();

  @Test
  @DisplayName("2. Auto-create: an unknown room is made, with the initial state and one user")
  void autoCreate() {
    GalleryClient a = world.client("A");

    Json joined = a.join("R", "'requestId':'q1'", "'userInfo':{'name':'Ann','role':'editor'}").expect("room_joined");

    assertThat(joined.at("requestId").text()).isEqualTo("q1");
    assertThat(joined.at("roomInfo", "roomId").text()).isEqualTo("R");
    assertThat(joined.at("roomInfo", "state")).isEqualTo(GalleryWorld.INITIAL_STATE);
    assertThat(joined.at("roomInfo", "createdAt").number()).isEqualTo(world.loop.now().toEpochMilli());
    assertThat(joined.at("roomInfo", "users").items()).singleElement().satisfies(user -> {
      assertThat(user.at("id").text()).isEqualTo("A");
      assertThat(user.at("name").text()).isEqualTo("Ann");
      assertThat(user.at("role").text()).isEqualTo("editor");
      assertThat(user.at("connected").bool()).isTrue();
      assertThat(user.at("lastSeen").number()).isEqualTo(world.loop.now().toEpochMilli());
    });
    a.nothing();
    assertThat(world.roster("R")).containsExactly("A");
  }

  @Test
  @DisplayName("4. Second member: its roster is complete and in order, the first hears of it once")
  void secondMember() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.client("B").join("R", "'userInfo':{'name':'Bob','role':'host'}");

    assertThat(ids(b.expect("room_joined"))).containsExactly("A", "B");
    b.nothing();
    Json user = a.expect("user_joined").at("user");
    a.nothing();
    assertThat(user.at("id").text()).isEqualTo("B");
    assertThat(user.at("name").text()).isEqualTo("Bob");
    assertThat(user.at("role").text()).isEqualTo("host");
  }

  @Test
  @DisplayName("10. Room full, and room again after one left")
  void roomFull() {
    world.create("R", "{'maxUsers':2}");
    GalleryClient a = world.viewer("A", "R");
    world.viewer("B", "R");
    GalleryClient c = world.client("C");
    a.forget();

    assertThat(c.join("R", "'requestId':7").expect("error").at("requestId").number()).isEqualTo(7);
    assertThat(world.roster("R")).containsExactly("A", "B");
    a.nothing();
    a.leave();

    assertThat(ids(c.join("R").expect("room_joined"))).containsExactly("B", "C");
  }

  @Test
  @DisplayName("10. Of 20 joins at once exactly maxUsers succeed")
  void stampede() {
    world.create("R", "{'maxUsers':5}");
    List<GalleryClient> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(world.client("U" + i));
    }
    world.takeLog();
    clients.forEach(client -> client.join("R"));

    List<String> log = world.takeLog();
    assertThat(log).filteredOn(line -> line.endsWith(" room_joined")).hasSize(5);
    assertThat(log).filteredOn(line -> line.endsWith(" error Room is full")).hasSize(15);
    assertThat(world.roster("R")).containsExactly("U0", "U1", "U2", "U3", "U4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "'password':'wrong'", "'password':''", "'password':1234", "'password':null", "'password':['1234']", "'password':'12345'", "'password':'123'"})
  @DisplayName("11. Password: wrong, missing, or no text")
  void wrongPassword(String password) {
    world.create("S", "{'password':'1234'}");
    GalleryClient b = world.viewer("B", "R");
    GalleryClient a = world.viewer("A", "R");
    b.forget();

    if (password.isEmpty()) {
      a.join("S");
    } else {
      a.join("S", password);
    }

    assertThat(a.fault()).isEqualTo("Invalid password");
    assertThat(world.roster("S")).isEmpty();
    assertThat(world.roster("R")).containsExactly("B", "A");
    b.nothing().chat("hi").nothing();
    assertThat(a.hears()).isEqualTo("hi");
  }

  @Test
  @DisplayName("11. Password: the right one")
  void rightPassword() {
    world.create("S", "{'password':'1234'}");

    assertThat(ids(world.client("A").join("S", "'password':'1234'").expect("room_joined"))).containsExactly("A");
  }

  @Test
  @DisplayName("2.3 Capacity is looked at before the password (D6)")
  void capacityBeforePassword() {
    world.create("S", "{'password':'p','maxUsers':1}");
    world.client("A").join("S", "'password':'p'");

    assertThat(world.client("B").join("S", "'password':'wrong'").fault()).isEqualTo("Room is full");
  }

  @Test
  @DisplayName("D7: a password in a join protects nothing")
  void passwordOfAutomaticRoom() {
    world.client("A").join("R", "'password':'secret'").expect("room_joined");

    assertThat(ids(world.client("B").join("R").expect("room_joined"))).containsExactly("A", "B");
  }

  @Test
  @DisplayName("2.3 A join that fails changes nothing: name, role, avatar and room stay (defect 15)")
  void failedJoinChangesNothing() {
    world.create("S", "{'maxUsers':1}");
    world.viewer("X", "S");
    GalleryClient a = world.client("A").join("R", "'userInfo':{'name':'Ann','role':'editor','avatar':{'type':'simple','displayName':'N'}}").forget();
    Json before = world.snapshot("R").at("users");

    assertThat(a.join("S", "'userInfo':{'name':'Other','role':'host','avatar':{'type':'vrm','displayName':'M'}}").fault()).isEqualTo("Room is full");

    assertThat(world.snapshot("R").at("users")).isEqualTo(before);
    Json user = world.client("B").join("R").expect("room_joined").at("roomInfo", "users", 0);
    assertThat(user.at("name").text()).isEqualTo("Ann");
    assertThat(user.at("role").text()).isEqualTo("editor");
    assertThat(user.at("avatar", "displayName").text()).isEqualTo("N");
  }

  @Test
  @DisplayName("14. Join another room: the old one hears of it first, and reaches the member no more")
  void switchRooms() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    GalleryClient c = world.viewer("C", "S");
    a.forget();
    world.takeLog();

    a.join("S");

    assertThat(world.takeLog()).containsExactly("B user_left A", "A room_joined", "C user_joined A");
    b.forget().chat("in R");
    c.forget().chat("in S");
    a.expect("room_joined");
    assertThat(a.hears()).isEqualTo("in S");
    a.nothing();
    b.nothing();
    assertThat(world.roster("R")).containsExactly("B");
    b.join("S");
    assertThat(world.roomIds()).containsExactly("S");
    assertThat(world.roster("S")).containsExactly("C", "A", "B");
  }

  @Test
  @DisplayName("14. Join another room: the members of a full server's rooms can still move between them")
  void switchRoomsOnAFullServer() {
    GalleryWorld small = new GalleryWorld("MAX_ROOMS", "1");
    GalleryClient a = small.viewer("A", "R");

    assertThat(a.join("S").fault()).isEqualTo("Server at capacity");

    assertThat(small.roomIds()).containsExactly("R");
    assertThat(small.roster("R")).containsExactly("A");
  }

  @Test
  @DisplayName("15. Join again, the full room one is in: no news if nothing changed")
  void joinAgain() {
    world.create("R", "{'maxUsers':2}");
    GalleryClient a = world.client("A").join("R", "'userInfo':{'name':'Ann','role':'host','avatar':{'type':'simple','displayName':'N'}}");
    GalleryClient b = world.viewer("B", "R");
    a.forget();

    a.join("R", "'requestId':'again'", "'userInfo':{'name':'Ann','role':'host','avatar':{'type':'simple','displayName':'N'}}");

    Json again = a.expect("room_joined");
    assertThat(again.at("requestId").text()).isEqualTo("again");
    assertThat(ids(again)).containsExactly("A", "B");
    a.nothing();
    b.nothing();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{'name':'Eve','role':'host','avatar':{'displayName':'N'}} | Eve | host | true",
      "{'name':'Ann','role':'editor','avatar':{'displayName':'N'}} | Ann | editor | true", "{'name':'Ann','role':'host'} | Ann | host | false"})
  @DisplayName("2.3 Join again with something new: an update that the others hear of")
  void joinAgainDifferently(String userInfo, String name, String role, boolean hasAvatar) {
    GalleryClient a = world.client("A").join("R", "'userInfo':{'name':'Ann','role':'host','avatar':{'displayName':'N'}}").forget();
    GalleryClient b = world.viewer("B", "R");
    a.forget();

    a.join("R", "'userInfo':" + userInfo);

    assertThat(a.events()).containsExactly("room_joined");
    Json user = b.expect("user_joined").at("user");
    b.nothing();
    assertThat(user.at("name").text()).isEqualTo(name);
    assertThat(user.at("role").text()).isEqualTo(role);
    assertThat(user.has("avatar")).isEqualTo(hasAvatar);
    assertThat(world.roster("R")).containsExactly("A", "B");
  }

  @Test
  @DisplayName("2.3 Name and role that are not given stay as they were, in another room too")
  void previousNameAndRole() {
    GalleryClient a = world.client("A").join("R");
    Json first = a.expect("room_joined").at("roomInfo", "users", 0);
    assertThat(first.at("name").text()).isEqualTo("A");
    assertThat(first.at("role").text()).isEqualTo("viewer");
    assertThat(first.has("avatar")).isFalse();
    a.join("R", "'userInfo':{'name':'Ann','role':'editor'}").forget();

    Json second = a.join("S", "'userInfo':{'name':7,'role':'admin'}").expect("room_joined").at("roomInfo", "users", 0);

    assertThat(second.at("name").text()).isEqualTo("Ann");
    assertThat(second.at("role").text()).isEqualTo("editor");
  }

  @Test
  @DisplayName("3.1 userInfo.userId is ignored")
  void claimedUserId() {
    Json joined = world.client("A").join("R", "'userInfo':{'userId':'B','id':'B','name':'n'}").expect("room_joined");

    assertThat(ids(joined)).containsExactly("A");
  }

  @Test
  @DisplayName("2.3 Ordering: no event of the room before room_joined, none missed after it")
  void orderOfJoining() {
    GalleryClient a = world.host("A", "R");
    a.update("{'k':1}");
    GalleryClient b = world.client("B").join("R");
    a.update("{'k':2}");

    assertThat(b.expect("room_joined").at("roomInfo", "state", "k").number()).isEqualTo(1);
    assertThat(b.expect("message").at("message", "data", "data", "k").number()).isEqualTo(2);
    b.nothing();
  }

  @Test
  @DisplayName("27. Switch race: after room_joined for S, no event of R ever")
  void switchRace() {
    GalleryClient a = world.client("A");
    GalleryClient b = world.viewer("B", "R");
    world.viewer("C", "S");
    for (int round = 0; round < 200; round++) {
      a.join("R").forget();
      b.chat("before");
      a.join("S");
      b.chat("after");
      assertThat(a.hears()).isEqualTo("before");
      assertThat(ids(a.expect("room_joined"))).containsExactly("C", "A");
      a.nothing();
      b.forget();
    }
  }

  @Test
  @DisplayName("22. Number 5 joins room 5")
  void numericRoom() {
    world.viewer("A", "5");

    assertThat(ids(world.client("B").send("{'action':'join_room','roomId':5}").expect("room_joined"))).containsExactly("A", "B");
    assertThat(ids(world.client("C").send("{'action':'join_room','roomId':5.0}").expect("room_joined"))).containsExactly("A", "B", "C");
    assertThat(world.roomIds()).containsExactly("5");
  }

  static List<String> ids(Json roomJoined) {
    return roomJoined.at("roomInfo", "users").items().stream().map(user -> user.at("id").text()).toList();
  }

  @Test
  @DisplayName("6.14 The name that a connection begins with is clean, too")
  void firstName() {
    world.client("<b>" + "x".repeat(100)).join("S");

    Json user = world.snapshot("S").at("users", 0);
    assertThat(user.at("name").text()).isEqualTo("b" + "x".repeat(63));
    assertThat(user.at("id").text()).isEqualTo("<b>" + "x".repeat(100));
  }

  @Test
  @DisplayName("A large state is not written out again and again for one client")
  void largeSnapshots() {
    GalleryClient editor = world.editor("E", "L");
    editor.update("{'large':'" + "x".repeat(900_000) + "'}").nothing();
    GalleryClient greedy = world.client("G");
    int joined = 0;
    for (int i = 0; i < 50; i++) {
      greedy.forget().join("L");
      joined += greedy.events().contains("room_joined") ? 1 : 0;
    }
    assertThat(joined).isBetween(8, 10);
    world.pass(2_000);
    greedy.forget().join("L");
    assertThat(greedy.events()).containsExactly("room_joined");
  }
}
