package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who is in a group: section 2.6, scenario 29. */
class MembershipTest {
  private PttWorld world = new PttWorld();

  @Test
  @DisplayName("29. USER_ADD with four elements and any fromId adds the sender; USER_REMOVE removes; no reply")
  void addAndRemove() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.send(0, 15, "userIds[idx]", "g").nothing();
    b.send(0, 15, "B", "g", "payload").nothing();
    a.start("g").expect(6);
    b.expect(1);
    b.send(0, 16, "somebody", "g").nothing();
    a.audio("g", 1);
    b.nothing();
    b.start("g");
    assertThat(b.types()).containsExactly(27, 8);
  }

  @Test
  @DisplayName("29. Adding twice is adding once, and removing a stranger is nothing")
  void twice() {
    PttUser a = world.member("A", "g", "g");
    PttUser b = world.member("B", "g");
    world.mobile("X").quit("g").nothing();
    b.start("g");
    assertThat(a.types()).containsExactly(1);
    a.quit("g");
    b.audio("g", 1);
    a.nothing();
  }

  @Test
  @DisplayName("29. After a restart of the server members still receive, as soon as they are connected")
  void restart() {
    world.member("A", "g").leave();
    world.member("B", "g");
    PttWorld next = new PttWorld(world.loop, world.registry, FloorArbiter.LOCAL, Backbone.NONE);
    PttUser a = next.mobile("A");
    PttUser b = next.mobile("B");
    a.start("g").expect(6);
    b.expect(1);
    a.nothing();
  }

  @Test
  @DisplayName("2.6 A member that was away hears again when it is back, and not what was said meanwhile")
  void away() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    b.leave();
    a.start("g").audio("g", 1);
    PttUser back = world.mobile("B");
    back.nothing();
    a.audio("g", 2);
    back.expect(0, 3, "A", "g", new byte[] {2}).nothing();
  }

  @Test
  @DisplayName("2.6 channelIds: a member while the connection lives, and no longer")
  void byToken() {
    PttUser a = world.mobile("A", "g", "h");
    PttUser b = world.member("B", "g");
    b.start("g");
    assertThat(a.types()).containsExactly(1);
    b.stopped("g");
    a.forget();
    a.start("g").expect(6);
    a.leave();
    b.forget();
    PttUser back = world.mobile("A");
    b.start("g").expect(6);
    back.nothing();
    back.start("g");
    assertThat(back.types()).containsExactly(27, 8);
  }

  @Test
  @DisplayName("2.6 The sources are united: USER_REMOVE does not take what the token gives, nor the end of the connection what USER_ADD gave")
  void united() {
    PttUser a = world.mobile("A", "g").join("g");
    PttUser b = world.member("B", "g");
    a.quit("g");
    b.start("g").stopped("g");
    assertThat(a.types()).containsExactly(1, 2);
    a.join("g").leave();
    PttUser back = world.mobile("A");
    b.start("g");
    assertThat(back.types()).containsExactly(1);
  }

  @Test
  @DisplayName("2.6 Two connections whose tokens name the group: the end of one takes nothing from the other")
  void twoTokens() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "A", "g");
    PttUser tablet = world.mobileOn("tablet", "A", "g");
    PttUser page = world.watcher("A").forget();
    PttUser b = world.member("B", "g");
    page.forget();
    b.start("g");
    assertThat(phone.types()).containsExactly(1);
    assertThat(tablet.types()).containsExactly(1);
    assertThat(page.types()).as("it is the user who is a member").contains(1);
    phone.leave();
    b.audio("g", 1);
    assertThat(tablet.types()).containsExactly(3);
    page.forget();
    tablet.leave();
    b.audio("g", 2);
    assertThat(page.types()).doesNotContain(3);
  }

  @Test
  @DisplayName("2.6 A connection that takes the place of another with the same token is a member without interruption")
  void replacedToken() {
    PttUser old = world.mobile("A", "g");
    PttUser b = world.member("B", "g");
    b.start("g");
    PttUser now = world.mobile("A", "g");
    old.leave();
    b.audio("g", 1);
    assertThat(now.types()).containsExactly(3);
  }

  @Test
  @DisplayName("2.6 PTT_GROUP_POLICY=token: USER_ADD only to the groups in channelIds, else 27; nothing is written")
  void tokenPolicy() {
    world = new PttWorld("PTT_GROUP_POLICY", "token");
    PttUser a = world.mobile("A", "g");
    PttUser b = world.mobile("B", "g");
    a.join("h").expect(0, 27, "A", "h", "Unauthorized Group").nothing();
    a.start("h");
    assertThat(a.types()).containsExactly(27, 8);
    a.join("g").nothing();
    a.start("g").expect(6);
    b.expect(1);
    a.quit("h").nothing();
    world.registry.memory.members("h", members -> assertThat(members.orElseThrow()).isEmpty());
    world.registry.memory.members("g", members -> assertThat(members.orElseThrow()).containsExactly("A"));
  }

  @Test
  @DisplayName("2.6 A USER_ADD that could not be written leaves the view unchanged; so does a USER_REMOVE")
  void notWritten() {
    PttUser a = world.member("A", "g");
    PttUser b = world.mobile("B");
    world.registry.down(true);
    b.join("g").nothing();
    b.start("g");
    assertThat(b.types()).containsExactly(27, 8);
    a.quit("g").nothing();
    a.start("g").expect(6);
    world.registry.down(false);
    a.audio("g", 1);
    b.nothing();
    b.join("g");
    a.audio("g", 2);
    b.expect(3);
  }

  @Test
  @DisplayName("2.7 Redis down: groups that are known go on; one that cannot be loaded has the members of the tokens")
  void registryDown() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    world.member("A2", "lost").leave();
    world.registry.down(true);
    a.start("g").expect(6);
    b.expect(1);
    PttUser a2 = world.mobile("A2", "t");
    PttUser c = world.mobile("C", "t");
    c.start("t").expect(6);
    a2.expect(1);
    a2.start("lost");
    assertThat(a2.types()).containsExactly(27, 8);
    world.registry.down(false);
    a2.start("lost");
    assertThat(a2.types()).containsExactly(6);
  }

  @Test
  @DisplayName("2.7 After Redis returns, groups and memberships are read again")
  void recovered() {
    PttUser a = world.member("A", "g");
    world.registry.down(true);
    PttUser b = world.mobile("B");
    world.registry.down(false);
    world.registry.memory.add("g", "B", written -> { });
    world.registry.memory.add("g", "X", written -> { });
    a.start("g").audio("g", 1);
    b.nothing();
    world.run(world.board::resumed);
    a.audio("g", 2);
    b.expect(0, 3, "A", "g", new byte[] {2});
    world.registry.memory.remove("g", "B", written -> { });
    world.run(world.board::resumed);
    a.audio("g", 3);
    b.nothing();
  }

  @Test
  @DisplayName("2.7 A Redis that lost everything takes the groups from nobody who is here")
  void emptyRedis() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    world.registry.memory.remove("g", "A", written -> { });
    world.registry.memory.remove("g", "B", written -> { });
    world.run(world.board::resumed);
    a.start("g").expect(6);
    b.expect(1);
  }

  @Test
  @DisplayName("2.6 A user of very many groups comes and goes like one of few")
  void veryManyGroups() {
    for (int i = 0; i < 10_000; i++) {
      world.registry.memory.add("g" + i, "A", written -> { });
    }
    PttUser a = world.mobile("A");
    assertThat(world.figure("groups")).isEqualTo(10_000);
    world.member("B", "g9999").start("g9999");
    a.expect(1);
    a.leave();
    assertThat(world.figure("groups")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.1 A group that nobody needs is forgotten")
  void forgotten() {
    PttUser a = world.member("A", "g");
    PttUser b = world.mobile("B", "t");
    a.start("x");
    assertThat(world.figure("groups")).isEqualTo(2);
    for (PttUser user : List.of(a, b)) {
      user.leave();
    }
    assertThat(world.isEmpty()).as("%s", world.board.figures()).isTrue();
  }
}
