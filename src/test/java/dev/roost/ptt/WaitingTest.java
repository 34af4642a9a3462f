package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.FloorArbiter.Verdict;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.LoggedIn;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Answers of Redis and of other servers, which come late, out of order or not at all: what waits, and what does not. */
class WaitingTest {
  private final ScriptedArbiter arbiter = new ScriptedArbiter();
  private final ScriptedBackbone backbone = new ScriptedBackbone();
  private PttWorld world = new PttWorld(arbiter, backbone);
  private final ScriptedRegistry registry = world.registry;

  private void decide(Verdict verdict) {
    world.run(() -> arbiter.decide(verdict));
  }

  private void answer(String question) {
    world.run(() -> registry.answer(question));
  }

  private void fail(String question) {
    world.run(() -> registry.fail(question));
  }

  private void free() {
    world.run(registry::free);
  }

  private void found(boolean isFound) {
    world.run(() -> backbone.found(isFound));
  }

  // ---- One message after the other

  @Test
  @DisplayName("A USER_ADD under way holds back what the same connection sends behind it, and nothing of others")
  void orderOfOneConnection() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    registry.hold();
    a.join("g").call("B").say("B", 1).send(1, 17, "A", "B", "hi").send(1, 25);
    a.nothing();
    b.send(1, 25).expect(26);
    b.nothing();
    answer("add g A");
    assertThat(a.types()).containsExactly(6, 22, 26);
    assertThat(b.types()).containsExactly(1, 3, 17);
  }

  @Test
  @DisplayName("Messages that wait for answers one after the other keep their order")
  void severalAnswers() {
    PttUser a = world.mobile("A");
    PttUser b = world.member("B", "g");
    registry.hold();
    a.join("g").start("g").audio("g", 1).stop("g").send(1, 25);
    assertThat(registry.questions()).containsExactly("add g A");
    answer("add g A");
    assertThat(arbiter.open()).isEqualTo(1);
    a.nothing();
    decide(Verdict.GRANTED);
    assertThat(a.types()).containsExactly(6);
    assertThat(b.types()).containsExactly(1, 3);
    world.pass(PttWorld.STOP_DELAY);
    assertThat(a.types()).containsExactly(7, 26);
    assertThat(b.types()).containsExactly(2);
  }

  @Test
  @DisplayName("A heartbeat waits for nothing")
  void heartbeat() {
    PttUser a = world.mobile("A");
    registry.hold();
    a.join("g");
    a.heartbeat();
    assertThat(world.figures.heartbeats.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("The first use of a group waits for its members; who asks meanwhile waits for the same answer")
  void firstUse() {
    registry.memory.add("g", "A", written -> { });
    registry.hold();
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    assertThat(registry.questions()).containsExactly("groups A", "login A", "groups B", "login B");
    a.start("g");
    b.start("g").audio("g", 1);
    assertThat(registry.questions()).endsWith("members g").hasSize(5);
    answer("members g");
    assertThat(arbiter.told()).containsExactly("acquire g A c1");
    decide(Verdict.GRANTED);
    assertThat(a.types()).containsExactly(6);
    assertThat(b.types()).containsExactly(27, 8, 27);
  }

  @Test
  @DisplayName("A group whose members cannot be read is asked for again by the next message")
  void membersFail() {
    registry.memory.add("g", "A", written -> { });
    registry.hold();
    PttUser a = world.mobile("A");
    a.start("g");
    fail("members g");
    assertThat(a.types()).containsExactly(27, 8);
    a.start("g");
    answer("members g");
    decide(Verdict.GRANTED);
    assertThat(a.types()).containsExactly(6);
  }

  @Test
  @DisplayName("What waits is bounded: of audio the newest goes, of the rest what waits longest; the connection lives")
  void bounded() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    registry.hold();
    a.join("g");
    for (int i = 0; i < 800; i++) {
      a.say("B", i);
      world.pass(5);
    }
    answer("add g A");
    assertThat(b.types()).hasSize(500);
    assertThat(a.closed()).isEmpty();
    a.say("B", 1);
    assertThat(b.types()).hasSize(1);
  }

  @Test
  @DisplayName("Answers for one client come in whatever order to those of another")
  void orderBetweenClients() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    registry.hold();
    a.join("g").send(1, 25);
    b.join("g").send(1, 25);
    answer("add g B");
    assertThat(b.types()).containsExactly(26);
    a.nothing();
    fail("add g A");
    assertThat(a.types()).containsExactly(26);
    free();
    b.start("g");
    decide(Verdict.GRANTED);
    a.nothing();
    a.start("g");
    assertThat(a.types()).containsExactly(27, 8);
  }

  // ---- Who leaves while it waits

  @Test
  @DisplayName("A client that leaves while it waits: nothing more of it happens")
  void leavesWhileWaiting() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    registry.hold();
    a.join("g").call("B").send(1, 17, "A", "B", "hi");
    a.leave();
    free();
    b.nothing();
    assertThat(world.figure("users")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.6 A USER_ADD that was written though its client has gone holds: the user is a member when it comes back, and other servers know")
  void addedThoughGone() {
    PttUser a = world.member("A", "g");
    PttUser b = world.mobile("B");
    backbone.sent();
    registry.hold();
    b.join("g").leave();
    answer("add g B");
    free();
    assertThat(backbone.sent()).contains(new MembershipChanged("g", "B", true));
    PttUser back = world.mobile("B");
    a.start("g");
    decide(Verdict.GRANTED);
    back.expect(1);
  }

  @Test
  @DisplayName("2.6 A USER_REMOVE that was written though its client has gone holds, too")
  void removedThoughGone() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    registry.hold();
    b.quit("g").leave();
    answer("remove g B");
    free();
    PttUser back = world.mobile("B");
    a.start("g");
    decide(Verdict.GRANTED);
    back.nothing();
  }

  @Test
  @DisplayName("2.4 A floor that is granted to a connection that has gone is given back, and nobody hears a START")
  void grantedThoughGone() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    a.leave();
    arbiter.told();
    decide(Verdict.GRANTED);
    assertThat(arbiter.told()).containsExactly("release g c1");
    b.nothing();
    b.start("g");
    decide(Verdict.UNDECIDED);
    b.expect(6);
  }

  @Test
  @DisplayName("2.1 A connection whose login is answered after its end changes nothing")
  void loginAfterTheEnd() {
    PttUser w = world.watcher("W").forget();
    registry.hold();
    PttUser m = world.mobile("M");
    m.leave();
    free();
    world.pass(PttWorld.WINDOW);
    w.nothing();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  // ---- Verdicts

  @Test
  @DisplayName("2.4 GRANTED and BUSY are the arbiter's word, whatever is known here; UNDECIDED leaves it to this server")
  void verdicts() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    decide(Verdict.BUSY);
    a.expect(0, 8, "A", "g", "Busy");
    a.start("g");
    decide(Verdict.UNDECIDED);
    a.expect(6);
    b.expect(1);
    b.start("g");
    decide(Verdict.UNDECIDED);
    b.expect(8);
    b.start("g");
    decide(Verdict.GRANTED);
    b.expect(6);
    a.expect(1);
    a.audio("g", 1);
    b.nothing();
    b.audio("g", 2);
    a.expect(3);
    arbiter.told();
    a.stopped("g").expect(7);
    assertThat(arbiter.told()).isEmpty();
    b.audio("g", 1).stopped("g");
    assertThat(arbiter.told()).containsExactly("spoke g c2", "release g c2");
  }

  @Test
  @DisplayName("2.4 Two STARTs of different clients: the verdicts come as the arbiter gives them, and one is granted")
  void twoQuestions() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    b.start("g");
    decide(Verdict.BUSY);
    decide(Verdict.GRANTED);
    assertThat(a.types()).containsExactly(8, 1);
    assertThat(b.types()).containsExactly(6);
  }

  @Test
  @DisplayName("2.4 The arbiter hears of what frees the floor: STOP, USER_REMOVE, the end of the connection, the limit")
  void releases() {
    world = new PttWorld(arbiter, backbone, "MAXIMUM_AUDIO_DURATION", "1000");
    PttUser a = world.member("A", "g", "h");
    speak(a, "g");
    a.stopped("g");
    assertThat(arbiter.told()).contains("release g c1");
    speak(a, "g");
    a.quit("g");
    assertThat(arbiter.told()).contains("release g c1");
    speak(a, "h");
    world.pass(1_001);
    a.audio("h", 1);
    assertThat(arbiter.told()).containsExactly("release h c1");
    speak(a, "h");
    a.leave();
    assertThat(arbiter.told()).containsExactly("release h c1");
  }

  private void speak(PttUser user, String group) {
    user.start(group);
    decide(Verdict.GRANTED);
    arbiter.told();
    user.forget();
  }

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

  // ---- Logins

  @Test
  @DisplayName("2.1 Frames of a new connection are processed at once, whatever Redis does")
  void beforeTheLogin() {
    PttUser b = world.mobile("B");
    registry.hold();
    PttUser a = world.mobile("A");
    a.call("B").expect(6);
    b.expect(1);
    b.call("A").expect(6);
    a.expect(1);
  }

  @Test
  @DisplayName("2.1 The older connection stays until the login of the newer one is answered, and goes then")
  void lateLogin() {
    PttUser w = world.watcher("W").forget();
    PttUser old = world.mobileOn("d1", "M");
    world.pass(2 * PttWorld.WINDOW);
    w.forget();
    registry.hold();
    PttUser now = world.mobileOn("d2", "M");
    assertThat(old.closed()).isEmpty();
    answer("login M");
    assertThat(old.types()).containsExactly(9);
    assertThat(old.closed()).isPresent();
    assertThat(now.closed()).isEmpty();
    assertThat(w.news()).containsExactly("M online");
  }

  @Test
  @DisplayName("2.1 Answers of two logins out of order: the later connection stays")
  void loginsOutOfOrder() {
    registry.hold();
    PttUser first = world.mobile("M");
    PttUser second = world.mobile("M");
    registry.asked.removeIf(question -> question.what().startsWith("groups"));
    world.run(registry.asked.removeLast().answer());
    assertThat(first.closed()).isPresent();
    free();
    assertThat(second.closed()).isEmpty();
    assertThat(world.status("M").isOnline()).isTrue();
    first.leave();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("2.2 The last connection closes before its login is answered, another one has closed before it: offline at once")
  void lastOneCloses() {
    PttUser w = world.watcher("W").forget();
    PttUser first = world.mobile("M");
    world.pass(2 * PttWorld.WINDOW);
    w.forget();
    registry.hold();
    PttUser second = world.mobile("M");
    first.leave();
    w.nothing();
    second.leave();
    assertThat(w.news()).containsExactly("M offline");
    free();
    world.pass(PttWorld.WINDOW);
    w.nothing();
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.1 Redis down: the devices of the connections here decide")
  void loginUnknown() {
    registry.down(true);
    PttUser first = world.mobileOn("d1", "M");
    PttUser second = world.mobileOn("d1", "M");
    assertThat(first.closed()).isPresent();
    first.nothing();
    world.mobileOn("d2", "M");
    second.expect(9);
    assertThat(second.closed()).isPresent();
  }

  @Test
  @DisplayName("2.1 A login on another server ends the older ones here, with LOGIN_DUPLICATED if the device is another")
  void elsewhere() {
    PttUser m = world.mobile("M");
    PttUser n = world.mobile("N");
    world.received(new LoggedIn("M", "d9", 100, true));
    assertThat(m.expect(9).text(4)).contains("d9");
    assertThat(m.closed().orElseThrow().code()).isEqualTo(1000);
    world.received(new LoggedIn("N", "N's phone", 100, false));
    n.nothing();
    assertThat(n.closed()).isPresent();
    m.leave();
    world.received(new LoggedIn("nobody", "d", 5, true));
  }

  @Test
  @DisplayName("2.1 An older login elsewhere ends nothing here, and watchers never")
  void olderElsewhere() {
    registry.loginElsewhere("M", "x");
    PttUser m = world.mobile("M");
    PttUser page = world.watcher("M").forget();
    world.received(new LoggedIn("M", "d", 1, true));
    assertThat(m.closed()).isEmpty();
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isPresent();
    assertThat(page.closed()).isEmpty();
  }

  @Test
  @DisplayName("2.1 A newer login elsewhere while the own is pending: the own goes when its number is known")
  void newerWhilePending() {
    registry.hold();
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isEmpty();
    answer("login M");
    assertThat(m.closed().orElseThrow().code()).isEqualTo(1000);
    assertThat(world.status("M").isOnline()).isFalse();
  }

  @Test
  @DisplayName("2.1 An older login elsewhere while the own is pending: the own stays")
  void olderWhilePending() {
    for (int i = 0; i < 5; i++) {
      registry.loginElsewhere("M", "x");
    }
    registry.hold();
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 5, true));
    answer("login M");
    assertThat(m.closed()).isEmpty();
    assertThat(world.status("M").isOnline()).isTrue();
  }

  @Test
  @DisplayName("2.1 Each login is told to other servers with its number and whether the device is another")
  void told() {
    backbone.sent();
    world.mobileOn("d1", "M");
    world.mobileOn("d1", "M");
    world.mobileOn("d2", "M");
    assertThat(backbone.sent()).containsExactly(new LoggedIn("M", "d1", 1, true), new LoggedIn("M", "d1", 2, false), new LoggedIn("M", "d2", 3, true));
    registry.down(true);
    world.mobileOn("d3", "M");
    assertThat(backbone.sent()).isEmpty();
    registry.down(false);
    world.run(world.board::resumed);
    assertThat(backbone.sent()).as("what nobody could be told before").containsExactly(new LoggedIn("M", "d3", 4, true));
  }

  @Test
  @DisplayName("2.1 DUPLICATE_LOGIN_POLICY=allow: a login elsewhere ends nothing here, and none is told")
  void allow() {
    world = new PttWorld(arbiter, backbone, "DUPLICATE_LOGIN_POLICY", "allow");
    PttUser m = world.mobile("M");
    world.received(new LoggedIn("M", "d", 100, true));
    assertThat(m.closed()).isEmpty();
    assertThat(backbone.sent()).noneMatch(LoggedIn.class::isInstance);
  }

  // ---- Everything at once

  @Test
  @DisplayName("18. Redis down, then up: calls, texts and known groups go on; connections are accepted; then watchers get a fresh snapshot, and heartbeats bring users back")
  void downAndUp() {
    PttUser w = world.watcher("W").forget();
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    w.forget();
    world.run(world.board::lost);
    registry.down(true);
    world.presence.isDown = true;
    backbone.hasPeers = false;
    a.call("B").expect(6);
    a.start("g");
    decide(Verdict.UNDECIDED);
    a.expect(6);
    PttUser c = world.mobile("C");
    c.call("A").expect(6);
    c.heartbeat();
    a.heartbeat();
    b.forget();
    world.pass(PttWorld.TTL);
    w.forget();
    registry.down(false);
    world.presence.isDown = false;
    world.run(world.board::resumed);
    world.run(world.board::recovered);
    assertThat(w.snapshot()).isEmpty();
    a.heartbeat();
    c.heartbeat();
    world.pass(PttWorld.WINDOW);
    assertThat(w.news()).containsExactlyInAnyOrder("A online", "C online");
    c.join("g");
    a.audio("g", 1);
    assertThat(c.types()).containsExactly(3);
    assertThat(List.of(a, b, c)).allSatisfy(user -> assertThat(user.closed()).isEmpty());
  }
}
