package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 2.4: the main admin comes, falls silent, speaks again and goes. */
class MainAdminTest {
  private final MeshWorld world = new MeshWorld();

  @Test
  @DisplayName("24. It comes: at once everybody hears it and sees it in the list, and nobody is disconnected")
  void comes() {
    MeshDevice x = world.admin("X");
    MeshDevice a = world.device("A", "");
    x.forget();
    world.takeLog();
    long term = world.statistics().term();

    MeshDevice m = world.connect("M", "admin.manage", "deviceType", "admin");

    assertThat(world.takeLog()).startsWith("M welcome").endsWith("M client-list-update [X, A, M] M", "M admin-heartbeat M");
    for (MeshDevice other : List.of(x, a)) {
      other.expectOffice(List.of("X", "A", "M"), "M");
      assertThat(other.closed()).isEmpty();
    }
    assertThat(world.statistics().term()).isEqualTo(term + 1);
    assertThat(world.statistics().candidates()).extracting(MeshStatistics.CandidateFigures::deviceId).contains("X");
    x.tell("A", "{'n':1}");
    a.expect("peer-message");
    m.forget();
    world.pass(MeshWorld.HEARTBEAT);
    assertThat(x.announced()).containsExactly("M");
  }

  @Test
  @DisplayName("24. It comes while an election is pending, which never fires then")
  void comesWhilePending() {
    MeshDevice x = world.device("X", "location.view,admin.manage");
    world.pass(MeshWorld.DELAY - 1);
    MeshDevice m = world.mainAdmin("M");
    assertThat(world.isElecting()).isFalse();
    assertThat(world.loop.timers()).isEqualTo(2);
    world.passWhileAlive(30_000, m, x);

    assertThat(x.announced()).isNotEmpty().containsOnly("M");
  }

  @ParameterizedTest
  @CsvSource({"location.view, admin, false", "admin.manage, client, false", "admin.manage, Admin, false", "admin.manage, '', false",
      "'x,admin.manage', admin, true", "'', admin, false"})
  @DisplayName("D4: main admin is who says admin and has admin.manage")
  void whoIsMainAdmin(String capabilities, String deviceType, boolean isMainAdmin) {
    world.connect("M", capabilities, "deviceType", deviceType);

    assertThat(world.figure("mainAdmins")).isEqualTo(isMainAdmin ? 1 : 0);
  }

  // ---- Gone, or silent

  @Test
  @DisplayName("25. It closes: a temporary admin is elected one delay later, and join times from before decide ties")
  void closes() {
    MeshDevice x = world.candidate("X");
    MeshDevice m = world.mainAdmin("M");
    MeshDevice y = world.candidate("Y");
    world.passWhileAlive(20_000, m, x, y);
    y.forget();
    m.drop();
    y.expectList(List.of("X", "Y"), null).nothing();
    world.pass(MeshWorld.DELAY - 1);
    y.nothing();
    world.pass(1);

    y.expectOffice(List.of("X", "Y"), "X");
  }

  @Test
  @DisplayName("25. It closes, and nobody stands: EMPTY")
  void closesAlone() {
    MeshDevice a = world.device("A", "");
    MeshDevice m = world.mainAdmin("M");
    a.forget();
    m.drop();
    a.expectList(List.of("A"), null);
    world.passWhileAlive(30_000, a);

    assertThat(a.announced()).isEmpty();
  }

  @Test
  @DisplayName("25. Exactly 15 s of silence is still present; the next check it is not, and one delay later there is an election")
  void silent() {
    world.pass(MeshWorld.MAIN_CHECK);
    MeshDevice m = world.mainAdmin("M");
    MeshDevice x = world.candidate("X");
    world.pass(MeshWorld.MAIN_TIMEOUT);
    assertThat(world.holder()).as("15 s sharp").contains("M");
    x.heartbeat().forget();
    world.pass(MeshWorld.MAIN_CHECK - 1);
    assertThat(world.holder()).as("nobody looks between two checks").contains("M");
    world.pass(1);

    assertThat(world.holder()).isEmpty();
    x.expectList(List.of("M", "X"), null).nothing();
    assertThat(m.closed()).as("absent, but connected").isEqualTo(Optional.empty());
    world.pass(MeshWorld.DELAY - 1);
    x.nothing();
    world.pass(1);
    assertThat(world.holder()).isPresent();
  }

  @Test
  @DisplayName("25. A millisecond more than 15 s is too long")
  void justOver() {
    world.pass(MeshWorld.MAIN_CHECK - 1);
    world.mainAdmin("M");
    world.pass(MeshWorld.MAIN_TIMEOUT);
    assertThat(world.holder()).contains("M");
    world.pass(1);

    assertThat(world.holder()).isEmpty();
  }

  @Test
  @DisplayName("25. A frame of any kind is presence, and a main admin that sends them stays")
  void speaks() {
    MeshDevice m = world.mainAdmin("M");
    MeshDevice x = world.candidate("X");
    for (int i = 0; i < 10; i++) {
      world.pass(MeshWorld.MAIN_TIMEOUT);
      m.send(i % 2 == 0 ? "{bad" : "{'type':'heartbeat'}");
      x.heartbeat();
    }
    assertThat(world.holder()).contains("M");
    assertThat(world.takeNews()).containsOnlyOnce("org_1 office M main").doesNotContain("org_1 office vacant");
  }

  @Test
  @DisplayName("2.4 Silent but connected it is an ordinary candidate: it may win, and is main admin again when it speaks")
  void silentCandidate() {
    MeshDevice m = world.connect("M", "location.view,admin.manage", "deviceType", "admin").forget();
    MeshDevice x = world.candidate("X");
    world.pass(MeshWorld.MAIN_TIMEOUT + MeshWorld.MAIN_CHECK);
    x.heartbeat().forget();
    world.pass(MeshWorld.DELAY);
    x.expectOffice(List.of("M", "X"), "M");
    assertThat(world.figure("mainAdmins")).isZero();

    m.heartbeat();

    x.expectOffice(List.of("M", "X"), "M");
    assertThat(world.figure("mainAdmins")).isEqualTo(1);
  }

  @Test
  @DisplayName("25. It speaks again: it takes over at once, from a temporary admin and in a vacancy")
  void speaksAgain() {
    MeshDevice m = world.mainAdmin("M");
    MeshDevice x = world.device("X", "location.view,admin.manage");
    world.pass(MeshWorld.MAIN_TIMEOUT + MeshWorld.MAIN_CHECK);
    assertThat(world.isElecting()).isTrue();
    m.heartbeat();
    assertThat(world.holder()).contains("M");
    assertThat(world.isElecting()).isFalse();
    x.heartbeat();
    world.pass(MeshWorld.MAIN_TIMEOUT + MeshWorld.MAIN_CHECK + MeshWorld.DELAY);
    assertThat(world.holder()).contains("X");
    x.forget();

    m.send("{}");

    x.expectOffice(List.of("M", "X"), "M");
  }

  @Test
  @DisplayName("4. MAIN_ADMIN_TIMEOUT counts, and is looked at every third of it")
  void settings() {
    MeshWorld fast = new MeshWorld("MAIN_ADMIN_TIMEOUT", "300");
    fast.mainAdmin("M");
    fast.pass(399);
    assertThat(fast.holder()).contains("M");
    fast.pass(1);

    assertThat(fast.holder()).isEmpty();
  }

  // ---- Several

  @Test
  @DisplayName("26. Two: the first stays; it is gone: the second without an election")
  void two() {
    MeshDevice m1 = world.mainAdmin("M9");
    MeshDevice m2 = world.connect("M1", "admin.manage", "deviceType", "admin");
    assertThat(m2.announced()).containsExactly("M9");
    m2.heartbeat().forget();
    assertThat(world.holder()).contains("M9");

    m1.drop();

    m2.expectOffice(List.of("M1"), "M1");
    assertThat(world.takeNews()).doesNotContain("org_1 office vacant");
  }

  @Test
  @DisplayName("O8: among several the smallest id, in plain string order; silent ones are passed over")
  void several() {
    MeshDevice m = world.mainAdmin("M");
    MeshDevice a = world.mainAdmin("a");
    MeshDevice ten = world.mainAdmin("10");
    MeshDevice nine = world.mainAdmin("9");
    m.drop();
    assertThat(world.holder()).contains("10");
    for (int i = 0; i < 4; i++) {
      world.pass(MeshWorld.MAIN_CHECK);
      a.heartbeat();
      nine.heartbeat();
    }
    assertThat(world.holder()).as("10 is silent").contains("9");
    ten.heartbeat();
    assertThat(world.holder()).as("and does not come back").contains("9");
    nine.drop();
    assertThat(world.holder()).contains("10");
    ten.drop();
    assertThat(world.holder()).contains("a");
  }

  @Test
  @DisplayName("2.1 Replaced by a connection that is no main admin any more: the office goes on as if it were gone, and it stands")
  void replacedAsClient() {
    world.mainAdmin("M");
    MeshDevice x = world.device("X", "");
    world.device("M", "admin.manage");
    x.expectList(List.of("M", "X"), null).nothing();
    assertThat(world.isElecting()).isTrue();
    assertThat(world.candidates()).containsExactly("M");
    world.pass(MeshWorld.DELAY);

    assertThat(world.holder()).contains("M");
    assertThat(world.figure("mainAdmins")).isZero();
  }

  @Test
  @DisplayName("2.1 Replaced by a connection that is the main admin: it takes the office it may already have")
  void replacedAsMainAdmin() {
    MeshDevice x = world.admin("X");
    MeshDevice a = world.device("A", "");
    world.mainAdmin("X");
    a.expectOffice(List.of("X", "A"), "X");

    assertThat(x.closed()).contains(new CloseReason(1008, "Replaced by new connection"));
    assertThat(world.figure("mainAdmins")).isEqualTo(1);
    MeshDevice again = world.mainAdmin("X");
    a.expectList(List.of("X", "A"), "X").nothing();
    assertThat(again.closed()).isEmpty();
  }

  // ---- HANDOFF

  @Test
  @DisplayName("2.4 HANDOFF=close: after the notices all are closed 1001 but main admins")
  void handOffCloses() {
    MeshWorld closing = new MeshWorld("HANDOFF", "close");
    MeshDevice x = closing.admin("X");
    MeshDevice a = closing.device("A", "");
    x.forget();
    closing.takeNews();

    MeshDevice m = closing.connect("M", "admin.manage", "deviceType", "admin");

    for (MeshDevice other : List.of(x, a)) {
      other.expectOffice(List.of("X", "A", "M"), "M");
      assertThat(other.closed()).contains(new CloseReason(1001, "Main admin returned"));
    }
    assertThat(m.closed()).isEmpty();
    m.expect("welcome");
    m.expectList(List.of("M"), "M").expectAnnounce("M").nothing();
    assertThat(closing.ids()).containsExactly("M");
    assertThat(closing.takeNews()).containsExactly("org_1 connected M Unknown Client [admin.manage]", "org_1 office M main", "org_1 disconnected X",
        "org_1 disconnected A");
    x.drop();
    a.drop();
    m.nothing();
  }

  @Test
  @DisplayName("2.4 HANDOFF=close: who comes afterwards stays, and the next return closes again")
  void handOffClosesAgain() {
    MeshWorld closing = new MeshWorld("HANDOFF", "close");
    MeshDevice m1 = closing.mainAdmin("M1");
    MeshDevice a = closing.device("A", "");
    MeshDevice m2 = closing.mainAdmin("M2");
    m1.drop();
    assertThat(closing.holder()).contains("M2");
    assertThat(a.closed()).as("one main admin after the other is no return").isEmpty();
    closing.passWhileAlive(MeshWorld.MAIN_TIMEOUT + MeshWorld.MAIN_CHECK, a);
    assertThat(closing.holder()).isEmpty();
    assertThat(a.closed()).isEmpty();

    m2.heartbeat();

    assertThat(a.closed()).contains(new CloseReason(1001, "Main admin returned"));
    assertThat(closing.ids()).containsExactly("M2");
  }

  @Test
  @DisplayName("2.4 HANDOFF=close: a silent main admin is not closed by another that returns")
  void handOffKeepsMainAdmins() {
    MeshWorld closing = new MeshWorld("HANDOFF", "close");
    MeshDevice m1 = closing.mainAdmin("M1");
    closing.pass(MeshWorld.MAIN_TIMEOUT + MeshWorld.MAIN_CHECK);
    MeshDevice m2 = closing.mainAdmin("M2");

    assertThat(closing.ids()).containsExactly("M1", "M2");
    assertThat(m1.closed()).isEmpty();
    assertThat(m2.closed()).isEmpty();
    assertThat(closing.figure("handOffs")).isEqualTo(2);
  }
}
