package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.FloorArbiter.Verdict;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Answers that come late, out of order or not at all: what waits, and what does not; and clients that do not wait. */
class WaitingTest extends ScriptedServer {

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
  @DisplayName("2.6 A USER_REMOVE while the groups of a new connection are being read, one after the other, holds")
  void removedWhileGroupsAreRead() {
    registry.memory.add("g", "A", written -> { });
    registry.memory.add("h", "A", written -> { });
    registry.hold();
    PttUser a = world.mobile("A");
    answer("groups A");
    String later = registry.questions().contains("members g") ? "h" : "g";
    a.quit(later);
    answer("remove " + later + " A");
    free();
    PttUser b = world.member("B", "g", "h");
    b.send(0, 17, "B", later, "hi");
    a.nothing();
    b.send(0, 17, "B", later.equals("g") ? "h" : "g", "hi");
    a.expect(17);
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
