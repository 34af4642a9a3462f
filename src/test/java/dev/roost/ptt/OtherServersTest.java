package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What servers tell each other, and what each makes of it: calls, groups and floors. */
class OtherServersTest extends ScriptedServer {

  // ---- Calls across servers

  @Test
  @DisplayName("2.5 A recipient on another server: START waits for the answer, and what follows it waits, too")
  void found() {
    PttUser a = world.mobile("A");
    backbone.sent();
    a.call("B").say("B", 1);
    a.nothing();
    assertThat(backbone.sent()).isEmpty();
    found(true);
    a.expect(6);
    assertThat(backbone.sent()).extracting(message -> ((ToUser) message).userId() + " " + Packed.read(((ToUser) message).payload()).type() + " " + ((ToUser) message).isAudio())
        .containsExactly("B 1 false", "B 3 true");
    a.call("C");
    found(false);
    a.expect(1, 8, "A", "C", "Recipient offline");
    assertThat(backbone.sent()).isEmpty();
  }

  @Test
  @DisplayName("2.5 Who is here is not looked for; without peers nobody is")
  void notSearched() {
    PttUser a = world.mobile("A");
    world.mobile("B");
    backbone.told();
    a.call("B").expect(6);
    backbone.hasPeers = false;
    a.call("C").expect(8);
    assertThat(backbone.told()).isEmpty();
  }

  @Test
  @DisplayName("2.5 Found after the caller has gone: nothing is sent")
  void foundLate() {
    PttUser a = world.mobile("A");
    backbone.sent();
    a.call("B");
    a.leave();
    found(true);
    assertThat(backbone.sent()).isEmpty();
  }

  // ---- What other servers are told

  @Test
  @DisplayName("Other servers are told who is here, and which groups have members here: once each")
  void interests() {
    PttUser a = world.member("A", "g");
    PttUser page = world.watcher("A");
    PttUser b = world.mobile("B", "g");
    page.leave();
    a.leave();
    b.leave();
    assertThat(backbone.told()).containsExactly("arrived A", "joined g", "arrived B", "departed A", "left g", "departed B");
  }

  @Test
  @DisplayName("What is said in a group goes to the other servers as what it is")
  void toOtherServers() {
    PttUser a = world.member("A", "g");
    assertThat(backbone.sent()).contains(new MembershipChanged("g", "A", true));
    a.audio("g", 1);
    a.start("g");
    decide(arbiter.granted());
    a.audio("g", 2).send(0, 17, "A", "g", "hi").stopped("g");
    assertThat(backbone.sent()).extracting(message -> ((ToGroup) message).groupId() + " " + ((ToGroup) message).senderId() + " " + ((ToGroup) message).kind())
        .containsExactly("g A AUDIO", "g A START", "g A SPOKEN", "g A OTHER", "g A STOP");
    a.quit("g");
    assertThat(backbone.sent()).containsExactly(new MembershipChanged("g", "A", false));
    backbone.hasPeers = false;
    a.join("g").audio("g", 3);
    assertThat(backbone.sent()).noneMatch(ToGroup.class::isInstance);
  }

  @Test
  @DisplayName("What comes from other servers reaches members and users, but not the sender's own connections")
  void fromOtherServers() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    world.fromPeer("g", "A", Kind.OTHER, 0, 17, "A", "g", "{}");
    a.nothing();
    b.expect(17);
    world.fromPeer("nobody's", "A", Kind.START, 0, 1, "A", "nobody's", 5);
    world.received(new ToUser("B", true, Packed.bytes(1, 3, "X", "B", new byte[1])));
    world.received(new ToUser("nobody", true, Packed.bytes(1, 3, "X", "nobody", new byte[1])));
    b.expect(3);
    b.nothing();
  }

  @Test
  @DisplayName("2.4 Who speaks on another server holds the floor here: audio of others is dropped, until its STOP, 95 s, or somebody is granted")
  void spokenElsewhere() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    world.fromPeer("g", "A", Kind.START, 0, 1, "A", "g", 5);
    b.expect(1);
    b.audio("g", 1);
    assertThat(c.types()).containsExactly(1);
    b.start("g");
    decide(new FloorArbiter.Undecided());
    b.expect(8);
    world.pass(2_000);
    world.fromPeer("g", "A", Kind.SPOKEN, 0, 3, "A", "g", new byte[1]);
    world.pass(2_999);
    b.expect(3);
    b.start("g");
    decide(new FloorArbiter.Undecided());
    b.expect(8);
    world.fromPeer("g", "X", Kind.STOP, 0, 2, "X", "g", "{}");
    c.forget();
    b.audio("g", 1);
    c.nothing();
    world.fromPeer("g", "A", Kind.STOP, 0, 2, "A", "g", "{}");
    b.audio("g", 1);
    assertThat(c.types()).containsExactly(2, 3);
    world.fromPeer("g", "A", Kind.AUDIO, 0, 3, "A", "g", new byte[1]);
    b.audio("g", 1);
    assertThat(c.types()).as("AUDIO of nobody takes no floor").containsExactly(3, 3);
  }

  @Test
  @DisplayName("2.4 Audio of the holder of before, which was on its way when somebody here was granted, takes the floor from nobody")
  void lateAudio() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    world.fromPeer("g", "A", Kind.START, 0, 1, "A", "g", 5);
    world.pass(3_000);
    b.start("g");
    decide(arbiter.granted());
    c.forget();
    world.fromPeer("g", "A", Kind.SPOKEN, 0, 3, "A", "g", new byte[1]);
    b.audio("g", 7);
    assertThat(c.take()).contains(Packed.of(0, 3, "B", "g", new byte[] {7}));
    arbiter.told();
    b.stopped("g");
    assertThat(c.types()).containsExactly(2);
    assertThat(arbiter.told()).containsExactly("release g c1");
  }

  @Test
  @DisplayName("2.4 START and STOP of the holder of before that come late take the floor from nobody")
  void lateStart() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    decide(arbiter.granted());
    c.forget();
    world.fromPeer("g", "A", Kind.START, 0, 1, "A", "g", 5);
    world.fromPeer("g", "A", Kind.STOP, 0, 2, "A", "g", "{}");
    c.forget();
    b.audio("g", 7).stopped("g");
    assertThat(c.types()).containsExactly(3, 2);
  }

  @Test
  @DisplayName("2.4 Somebody on another server who was granted the idle floor of a member here has it")
  void takenOver() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    decide(arbiter.granted());
    world.pass(3_000);
    c.forget();
    world.fromPeer("g", "A", Kind.START, 0, 1, "A", "g", 5);
    b.audio("g", 7);
    assertThat(c.types()).containsExactly(1);
    arbiter.told();
    b.stopped("g");
    c.nothing();
    assertThat(arbiter.told()).isEmpty();
  }

  @Test
  @DisplayName("2.4 What is said to a group goes to other servers with the order of its grant")
  void ordersGoOut() {
    PttUser a = world.member("A", "g");
    arbiter.granted();
    a.audio("g", 1).start("g");
    decide(arbiter.granted());
    a.audio("g", 1).stopped("g");
    assertThat(backbone.sent()).filteredOn(ToGroup.class::isInstance).extracting(message -> ((ToGroup) message).kind() + " " + ((ToGroup) message).order())
        .containsExactly("AUDIO 0", "START 2", "SPOKEN 2", "STOP 2");
  }

  @Test
  @DisplayName("2.4 A grant of another server that is newer has the floor at once, though somebody here speaks; what is older changes nothing")
  void orders() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    arbiter.granted();
    decide(arbiter.granted());
    c.forget();
    said("A", Kind.START, 1, 1);
    said("A", Kind.SPOKEN, 1, 3);
    said("A", Kind.STOP, 1, 2);
    assertThat(c.types()).as("no sound of who does not hold the floor").containsExactly(1, 2);
    b.audio("g", 7);
    assertThat(c.types()).containsExactly(3);
    said("A", Kind.START, 3, 1);
    b.audio("g", 7);
    said("A", Kind.SPOKEN, 3, 3);
    assertThat(c.types()).containsExactly(1, 3);
    arbiter.told();
    b.stopped("g").audio("g", 7);
    c.nothing();
    assertThat(arbiter.told()).isEmpty();
    said("A", Kind.STOP, 3, 2);
    said("A", Kind.SPOKEN, 3, 3);
    b.audio("g", 7);
    assertThat(c.types()).as("over, and stays so").containsExactly(2, 3, 3);
  }

  private void said(String userId, Kind kind, long order, int type) {
    world.fromPeer("g", userId, kind, order, new Object[] {0, type, userId, "g", new byte[1]});
  }

  @Test
  @DisplayName("2.4 Busy for who holds the floor here: it has gone to somebody else, whose START is on its way")
  void busyThoughHeldHere() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    decide(arbiter.granted());
    c.forget();
    world.pass(5_000);
    b.start("g").audio("g", 1);
    decide(new FloorArbiter.Busy("A", 2));
    b.expect(6);
    b.expect(0, 8, "B", "g", "Busy");
    c.nothing();
    said("A", Kind.START, 2, 1);
    b.audio("g", 2);
    assertThat(c.types()).containsExactly(1);
    said("A", Kind.STOP, 2, 2);
    b.audio("g", 3);
    assertThat(c.types()).containsExactly(2, 3);
  }

  @Test
  @DisplayName("2.4 A verdict that comes after word of a newer grant is Busy, and what was granted is given back")
  void grantedTooLate() {
    PttUser b = world.member("B", "g");
    b.start("g");
    said("A", Kind.START, 5, 1);
    arbiter.told();
    decide(arbiter.granted());
    assertThat(b.types()).containsExactly(1, 8);
    assertThat(arbiter.told()).containsExactly("release g c1");
  }

  @Test
  @DisplayName("2.4 Who was removed while it waited for the floor does not get it")
  void grantedToNobody() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    world.received(new MembershipChanged("g", "B", false));
    arbiter.told();
    decide(arbiter.granted());
    assertThat(b.types()).containsExactly(27, 8);
    assertThat(arbiter.told()).containsExactly("release g c1");
    c.nothing();
  }

  @Test
  @DisplayName("2.4 USER_REMOVE of the holder on another server frees the floor, and members get STOP")
  void removedElsewhere() {
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.start("g");
    decide(arbiter.granted());
    c.forget();
    arbiter.told();
    world.received(new MembershipChanged("g", "B", false));
    assertThat(c.types()).containsExactly(2);
    assertThat(arbiter.told()).containsExactly("release g c1");
  }

  @Test
  @DisplayName("2.4 The same user speaks on another server: what it said here is over, and its floor is kept there")
  void theSameUserElsewhere() {
    PttUser b = world.member("B", "g");
    b.start("g");
    decide(arbiter.granted());
    b.forget();
    arbiter.told();
    said("B", Kind.START, 2, 1);
    b.stopped("g").expect(0, 7, "B", "g", "Acknowledged").nothing();
    assertThat(arbiter.told()).isEmpty();
  }

  @Test
  @DisplayName("2.6 What is heard of a group while its members are being read counts more than the answer, which is older")
  void changedWhileRead() {
    registry.memory.add("g", "B", written -> { });
    registry.memory.add("g", "Z", written -> { });
    PttUser c = world.mobile("C");
    PttUser d = world.mobile("D");
    registry.hold();
    c.send(0, 17, "C", "g", "hi");
    d.send(0, 17, "D", "g", "hi");
    world.received(new MembershipChanged("g", "C", true));
    world.received(new MembershipChanged("g", "B", false));
    answer("members g");
    assertThat(c.types()).containsExactly(22);
    assertThat(d.types()).containsExactly(27);
    PttUser b = world.mobile("B").send(0, 17, "B", "g", "hi");
    assertThat(b.types()).containsExactly(27);
  }

  @Test
  @DisplayName("2.6 Who was added to a group that nobody here knows is a member, though its other members cannot be read")
  void addedWhileUnreadable() {
    PttUser b = world.mobile("B");
    registry.down(true);
    backbone.told();
    world.received(new MembershipChanged("h", "B", true));
    assertThat(backbone.told()).containsExactly("joined h");
    world.fromPeer("h", "X", Kind.OTHER, 0, 17, "X", "h", "{}");
    b.expect(17);
  }

  @Test
  @DisplayName("2.6 Whom another make of server has added is a member as soon as it comes, though the group was known before")
  void addedByOthers() {
    PttUser a = world.member("A", "g");
    registry.memory.add("g", "X", written -> { });
    PttUser x = world.mobile("X");
    a.send(0, 17, "A", "g", "hi");
    x.expect(17);
  }

  @Test
  @DisplayName("2.6 After an outage everything is read once more, one after the other, also if there is another one meanwhile")
  void readAgain() {
    world.member("A", "g", "h");
    registry.hold();
    world.run(world.board::resumed);
    world.run(world.board::resumed);
    for (int i = 0; i < 2; i++) {
      List<String> asked = registry.questions().stream().filter(question -> question.startsWith("members")).toList();
      asked.forEach(this::answer);
      assertThat(registry.questions()).filteredOn(question -> question.startsWith("members")).hasSize(i == 0 ? 1 : 0);
    }
    assertThat(registry.questions()).filteredOn(question -> question.startsWith("groups")).containsExactly("groups A");
  }

  @Test
  @DisplayName("2.4 Who is found to be no member any more after an outage does not keep the floor")
  void removedDuringAnOutage() {
    PttUser a = world.member("A", "g");
    PttUser c = world.member("C", "g");
    a.start("g");
    decide(arbiter.granted());
    a.forget();
    c.forget();
    registry.memory.remove("g", "A", written -> { });
    world.run(world.board::resumed);
    assertThat(c.types()).containsExactly(2);
    c.audio("g", 1);
    a.nothing();
  }

  @Test
  @DisplayName("2.6 Members by their tokens talk though nobody knows who else is a member")
  void talkWhileUnread() {
    PttUser b = world.mobile("B", "g");
    registry.hold();
    PttUser a = world.mobile("A", "t");
    PttUser c = world.mobile("C", "t");
    a.audio("t", 1);
    c.expect(3);
    b.nothing();
  }

  @Test
  @DisplayName("2.6 Membership that other servers change holds here")
  void membershipElsewhere() {
    PttUser a = world.member("A", "g");
    PttUser b = world.mobile("B");
    registry.memory.add("g", "B", written -> { });
    registry.memory.add("h", "B", written -> { });
    world.received(new MembershipChanged("g", "B", true));
    world.received(new MembershipChanged("h", "B", true));
    world.received(new MembershipChanged("h", "C", true));
    a.audio("g", 1);
    b.expect(3);
    world.fromPeer("h", "X", Kind.OTHER, 0, 17, "X", "h", "{}");
    b.expect(17);
    world.received(new MembershipChanged("g", "B", false));
    world.received(new MembershipChanged("nobody's", "B", false));
    a.audio("g", 2);
    b.nothing();
  }
}
