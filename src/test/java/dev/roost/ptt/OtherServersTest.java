package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.FloorArbiter.Verdict;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
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
    decide(Verdict.GRANTED);
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
    decide(Verdict.UNDECIDED);
    b.expect(8);
    world.pass(2_000);
    world.fromPeer("g", "A", Kind.SPOKEN, 0, 3, "A", "g", new byte[1]);
    world.pass(2_999);
    b.expect(3);
    b.start("g");
    decide(Verdict.UNDECIDED);
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
    decide(Verdict.GRANTED);
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
    decide(Verdict.GRANTED);
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
    decide(Verdict.GRANTED);
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
