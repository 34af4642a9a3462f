package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sections 2.3 and 2.4: leaving, disconnecting, and a second connection of the same user. */
class LeaveTest {
  private final GalleryWorld world = new GalleryWorld();

  @Test
  @DisplayName("17. Leave: the others hear of it, the leaver hears nothing, a second leave is silent")
  void leave() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    GalleryClient c = world.viewer("C", "R");
    a.forget();
    b.forget();

    a.send("{'action':'leave_room','requestId':'q','roomId':'elsewhere'}");

    assertThat(b.expect("user_left").at("userId").text()).isEqualTo("A");
    assertThat(c.expect("user_left").at("userId").text()).isEqualTo("A");
    a.leave().send("{'action':'leave_room','roomId':{}}").nothing();
    b.nothing();
    assertThat(a.chat("x").fault()).isEqualTo("Not in a room");
    b.chat("after");
    a.nothing();
    assertThat(c.hears()).isEqualTo("after");
    assertThat(world.roster("R")).containsExactly("B", "C");
  }

  @Test
  @DisplayName("17. Rejoin after leaving: at the end of the roster, and the others hear of it")
  void rejoin() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    a.leave();
    b.forget();

    a.forget().join("R");

    assertThat(JoinTest.ids(a.expect("room_joined"))).containsExactly("B", "A");
    assertThat(b.expect("user_joined").at("user", "id").text()).isEqualTo("A");
    b.nothing();
  }

  @Test
  @DisplayName("18. Disconnect: the others hear of it at once")
  void disconnect() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    a.drop();

    assertThat(b.expect("user_left").at("userId").text()).isEqualTo("A");
    b.nothing();
    assertThat(world.roster("R")).containsExactly("B");
    assertThat(b.direct("A", "1").fault()).isEqualTo("User not found");
  }

  @Test
  @DisplayName("A leave of one in no room is never answered, and changes nothing for others of the same id")
  void leaveWithoutRoom() {
    GalleryClient member = world.viewer("A", "R");
    GalleryClient twin = world.client("A");

    twin.leave().nothing();
    twin.drop();

    member.nothing();
    assertThat(world.roster("R")).containsExactly("A");
  }

  // ---- The same user id twice

  @Test
  @DisplayName("16. Same userId twice: the newer connection has the membership, the older one is out but open")
  void takeover() {
    GalleryClient old = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    old.forget();

    GalleryClient a = world.client("A").join("R", "'userInfo':{'role':'viewer'}");

    assertThat(JoinTest.ids(a.expect("room_joined"))).containsExactly("A", "B");
    assertThat(old.fault()).isEqualTo("Joined from another connection");
    assertThat(old.isClosed()).isFalse();
    b.nothing();
    b.chat("one");
    assertThat(a.hears()).isEqualTo("one");
    old.nothing();
    a.chat("two");
    assertThat(b.hears()).isEqualTo("two");
    old.nothing();
    b.direct("A", "'three'");
    assertThat(a.expect("message").at("message").text()).isEqualTo("three");
    old.nothing();
    assertThat(old.chat("x").fault()).isEqualTo("Not in a room");
  }

  @Test
  @DisplayName("2.3 The displaced connection is in no room: it is reached from there, and leaves no trace when it closes")
  void displacedIsOutside() {
    GalleryClient old = world.viewer("A", "R");
    GalleryClient a = world.viewer("A", "R");
    GalleryClient outside = world.client("X");
    old.forget();

    outside.direct("A", "'hi'").nothing();

    assertThat(old.expect("message").at("message").text()).isEqualTo("hi");
    old.direct("X", "'ho'").nothing();
    assertThat(outside.expect("message").at("message").text()).isEqualTo("ho");
    old.drop();
    assertThat(outside.direct("A", "'gone'").fault()).isEqualTo("User not found");
    a.nothing();
  }

  @Test
  @DisplayName("16. Same userId twice: closing the older one is no news, closing the newer one is, once")
  void closeAfterTakeover() {
    GalleryClient old = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    GalleryClient a = world.viewer("A", "R");
    old.leave();
    old.drop();
    b.nothing();
    assertThat(world.roster("R")).containsExactly("A", "B");
    a.chat("still here");
    assertThat(b.hears()).isEqualTo("still here");

    a.drop();

    assertThat(b.expect("user_left").at("userId").text()).isEqualTo("A");
    b.nothing();
    assertThat(world.roster("R")).containsExactly("B");
  }

  @Test
  @DisplayName("2.3 A takeover of a full room, and one that empties nothing")
  void takeoverOfAFullRoom() {
    world.create("R", "{'maxUsers':1}");
    GalleryClient old = world.viewer("A", "R");
    old.update("{'k':1}");

    GalleryClient a = world.client("A").join("R");

    assertThat(a.expect("room_joined").at("roomInfo", "state", "k").number()).isEqualTo(1);
    assertThat(old.fault()).isEqualTo("Joined from another connection");
    old.drop();
    assertThat(world.roster("R")).containsExactly("A");
    assertThat(world.client("B").join("R").fault()).isEqualTo("Room is full");
    a.drop();
    assertThat(world.roomIds()).isEmpty();
  }

  @Test
  @DisplayName("2.3 A takeover takes the password too")
  void takeoverWithoutPassword() {
    world.create("R", "{'password':'p'}");
    GalleryClient old = world.client("A").join("R", "'password':'p'").forget();

    assertThat(world.client("A").join("R").fault()).isEqualTo("Invalid password");

    old.nothing();
    assertThat(world.roster("R")).containsExactly("A");
    assertThat(old.client().room()).isPresent();
  }

  @Test
  @DisplayName("2.3 A takeover with another name is an update that the others hear of, never a user_left")
  void takeoverWithNews() {
    GalleryClient old = world.client("A").join("R", "'userInfo':{'name':'Ann','role':'host'}").forget();
    GalleryClient b = world.viewer("B", "R");
    old.forget();

    // Without a word about itself it is a viewer of the name A.
    world.client("A").join("R");

    assertThat(b.expect("user_joined").at("user").at("name").text()).isEqualTo("A");
    b.nothing();
    world.client("A").join("R", "'userInfo':{'name':'A'}");
    b.nothing();
    world.client("A").join("R", "'userInfo':{'avatar':{'displayName':'x'}}");
    assertThat(b.expect("user_joined").at("user", "avatar", "displayName").text()).isEqualTo("x");
    b.nothing();
    assertThat(world.roster("R")).containsExactly("A", "B");
  }

  @Test
  @DisplayName("2.3 A takeover from another room leaves that one")
  void takeoverFromAnotherRoom() {
    GalleryClient inR = world.viewer("A", "R");
    GalleryClient r = world.viewer("X", "R");
    GalleryClient inS = world.viewer("A", "S");
    GalleryClient s = world.viewer("Y", "S");
    inR.forget();
    inS.forget();

    inS.join("R");

    assertThat(inS.events()).containsExactly("room_joined");
    assertThat(inR.fault()).isEqualTo("Joined from another connection");
    r.nothing();
    assertThat(s.expect("user_left").at("userId").text()).isEqualTo("A");
    s.nothing();
    assertThat(world.roster("R")).containsExactly("A", "X");
    assertThat(world.roster("S")).containsExactly("Y");
    inR.drop();
    r.nothing();
    s.nothing();
  }

  @Test
  @DisplayName("2.3 The displaced connection can take the membership back")
  void takeBack() {
    GalleryClient first = world.viewer("A", "R");
    GalleryClient second = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    first.forget();
    second.forget();

    first.join("R");

    assertThat(first.events()).containsExactly("room_joined");
    assertThat(second.fault()).isEqualTo("Joined from another connection");
    b.chat("hi");
    assertThat(first.hears()).isEqualTo("hi");
    second.nothing();
  }

  @Test
  @DisplayName("2.3 The same userId in different rooms: two memberships that know nothing of each other")
  void twoRooms() {
    GalleryClient inR = world.viewer("A", "R");
    GalleryClient inS = world.viewer("A", "S");
    GalleryClient r = world.viewer("B", "R");
    assertThat(inR.events()).containsExactly("user_joined");
    inS.nothing();

    inS.drop();

    r.nothing();
    assertThat(world.roomIds()).containsExactly("R");
    r.chat("hi");
    assertThat(inR.hears()).isEqualTo("hi");
  }

  @Test
  @DisplayName("2.3 Who is displaced twice within a second is told twice")
  void displacedAgain() {
    GalleryClient first = world.client("T").join("R").forget();
    GalleryClient second = world.client("T").join("R").forget();
    assertThat(first.fault()).isEqualTo("Joined from another connection");
    first.join("R").forget();
    assertThat(second.fault()).isEqualTo("Joined from another connection");
    second.join("R");

    assertThat(first.fault()).isEqualTo("Joined from another connection");
  }
}
