package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What those may do in a group who are no members, or do not hold the floor, and who hears it: section 2.4, scenario 28. */
class NonHolderTest {
  private PttWorld world = new PttWorld();

  // ---- 28

  @Test
  @DisplayName("28. Non-member: START gets 27 and Ack Failed, nothing is acquired and nothing relayed")
  void nonMemberStarts() {
    PttUser a = world.member("A", "g");
    PttUser x = world.mobile("X");
    x.start("g").expect(0, 27, "X", "g", "Unauthorized Group").expect(0, 8, "X", "g", "Ack Failed").nothing();
    a.nothing();
    a.start("g").expect(6);
    x.nothing();
    assertThat(world.figures.unauthorized.sum()).isEqualTo(1);
  }

  @Test
  @DisplayName("28. Non-member: TEXT, INTERACTIVE and IMAGE get 27, and nothing is relayed")
  void nonMemberWrites() {
    PttUser a = world.member("A", "g");
    PttUser x = world.mobile("X");
    x.send(0, 17, "X", "g", "hello").expect(0, 27, "X", "g", "Unauthorized Group").nothing();
    x.send(0, 23, "X", "g", Map.of("a", 1)).expect(0, 27, "X", "g", "Unauthorized Group").nothing();
    x.send(0, 18, "X", "g", new byte[] {1}).expect(0, 27, "X", "g", "Unauthorized Group").nothing();
    a.nothing();
  }

  @Test
  @DisplayName("28. Non-member: AUDIO gets 27 at most once a second")
  void nonMemberSpeaks() {
    PttUser a = world.member("A", "g");
    PttUser x = world.mobile("X");
    for (int i = 0; i < 100; i++) {
      x.audio("g", 1);
      world.pass(20);
    }
    assertThat(x.types()).containsExactly(27, 27);
    a.nothing();
  }

  @Test
  @DisplayName("28. STOP of a non-holder gets STOP_ACK only; STOP without a transmission has five elements")
  void stopOfANonHolder() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser x = world.mobile("X");
    a.start("g").forget();
    b.forget();
    b.stopped("g").expect(0, 7, "B", "g", "Acknowledged").nothing();
    x.stopped("g").expect(0, 7, "X", "g", "Acknowledged").nothing();
    a.nothing();
    b.start("g").expect(8);
    a.stopped("g").expect(7);
    b.expect(2);
    a.stopped("g").expect(0, 7, "A", "g", "Acknowledged").nothing();
    b.nothing();
  }

  @Test
  @DisplayName("28. AUDIO of a member during somebody's turn goes nowhere; while nobody holds the floor it is relayed without acquiring it")
  void audioWithoutTheFloor() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    b.audio("g", 9).nothing();
    a.expect(0, 3, "B", "g", new byte[] {9});
    c.expect(0, 3, "B", "g", new byte[] {9});
    a.start("g").expect(6);
    b.expect(1);
    c.expect(1);
    b.audio("g", 9).nothing();
    a.nothing();
    c.nothing();
  }

  @Test
  @DisplayName("2.4 Nobody but members hears anything, and only those who are connected")
  void audience() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g", "h");
    PttUser x = world.member("X", "h");
    c.leave();
    a.start("g").audio("g", 1).stopped("g");
    assertThat(b.types()).containsExactly(1, 3, 2);
    c.nothing();
    x.nothing();
  }

  @Test
  @DisplayName("3 rcpt: no connection of the sender hears itself in a group")
  void noEcho() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "A", "g");
    PttUser tablet = world.mobileOn("tablet", "A", "g");
    PttUser page = world.watcher("A").forget();
    PttUser b = world.member("B", "g");
    page.forget();
    phone.start("g").audio("g", 1).stopped("g");
    tablet.nothing();
    page.nothing();
    assertThat(b.types()).containsExactly(1, 3, 2);
  }

  // ---- Ids

  @Test
  @DisplayName("2.4 Holders are compared as text, though the client writes numbers")
  void idsAreText() {
    PttUser seven = world.mobile("7");
    PttUser b = world.mobile("B");
    seven.send(0, 15, 7, 18);
    b.send(0, 15, "B", "18");
    seven.send(0, 1, 7, 18, 5).expect(0, 6, 7, 18, "5");
    b.expect(0, 1, 7, 18, 5);
    seven.send(0, 1, "7", "18", 5).expect(0, 6, "7", "18", "5");
    b.expect(0, 1, "7", "18", 5);
    b.send(0, 1, "B", 18, 5).expect(0, 8, "B", 18, "Busy");
    seven.send(0, 2, 7, "18");
    world.pass(PttWorld.STOP_DELAY);
    assertThat(seven.expect(7).values()).hasSize(6).startsWith(0L, 7L, 7L, "18");
    b.expect(2);
  }
}
