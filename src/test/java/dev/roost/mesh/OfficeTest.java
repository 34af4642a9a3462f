package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections 2.2, 2.3 and 2.5: who is elected, and who is told what of it, and when. */
class OfficeTest {
  private final MeshWorld world = new MeshWorld();

  // ---- Elections

  @Test
  @DisplayName("10. Single candidate: nothing before the delay, then at once, then once an interval")
  void single() {
    MeshDevice x = world.candidate("X");
    MeshDevice a = world.device("A", "");
    x.forget();
    world.pass(MeshWorld.DELAY - 1);
    x.nothing();
    a.nothing();
    assertThat(world.isElecting()).isTrue();

    world.pass(1);

    a.expectOffice(List.of("X", "A"), "X");
    x.expectOffice(List.of("X", "A"), "X");
    assertThat(world.isElecting()).isFalse();
    world.pass(MeshWorld.HEARTBEAT - MeshWorld.DELAY - 1);
    a.nothing();
    world.pass(1);
    assertThat(a.types()).containsExactly("server-heartbeat", "admin-heartbeat");
    world.passWhileAlive(5 * MeshWorld.HEARTBEAT, x, a);
    assertThat(a.announced()).containsExactly("X", "X", "X", "X", "X");
  }

  @Test
  @DisplayName("10. What waits for a slow device: every announcement, and of lists and of server-heartbeats the newest")
  void slow() {
    MeshDevice x = world.candidate("X");
    MeshDevice a = world.device("A", "").slowDown();
    world.device("B", "");
    world.pass(MeshWorld.DELAY);
    world.device("C", "");
    world.passWhileAlive(3 * MeshWorld.HEARTBEAT, x);
    a.nothing();
    world.device("D", "");

    List<Json> all = a.speedUp().take();
    assertThat(all).filteredOn(message -> message.type().equals("admin-heartbeat")).hasSize(4);
    assertThat(all).extracting(Json::type).containsOnlyOnce("server-heartbeat").endsWith("client-list-update");
    assertThat(MeshDevice.ids(all.getLast())).containsExactly("X", "A", "B", "C", "D");
  }

  @Test
  @DisplayName("O3, O7. Who takes office right after it came is on a list before it is announced, also for a device that is a little slow")
  void newcomerTakesOffice() {
    MeshDevice a = world.device("A", "");
    world.candidate("X");
    world.pass(MeshWorld.DELAY - 999);
    a.forget().slowDown();
    world.device("Y", "location.view,admin.manage");
    world.pass(999);
    world.mainAdmin("M");

    List<String> listed = List.of("A", "X");
    for (Json message : a.speedUp().take()) {
      if (message.type().equals("client-list-update")) {
        listed = MeshDevice.ids(message);
      } else {
        assertThat(listed).contains(message.at("data", "deviceId").text());
      }
    }
    assertThat(listed).containsExactly("A", "X", "Y", "M");
  }

  @Test
  @DisplayName("28. A slow device never hears of a holder after one that came later, whatever has been replaced while it waited")
  void slowOrder() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    MeshDevice a = world.device("A", "").slowDown();
    world.device("B", "");
    world.pass(MeshWorld.HEARTBEAT);
    x.drop();
    y.drop();
    world.candidate("N");
    world.pass(MeshWorld.DELAY);
    world.mainAdmin("M");
    world.pass(MeshWorld.HEARTBEAT);
    MeshDevice z = world.device("Z", "");
    z.drop();
    List<String> heard = new ArrayList<>();
    long term = 0;
    for (Json message : a.speedUp().take()) {
      if (!message.type().equals("server-heartbeat")) {
        assertThat(message.at("data", "term").number()).isGreaterThanOrEqualTo(term);
        term = message.at("data", "term").number();
        heard.add((String) message.at("data", message.type().equals("admin-heartbeat") ? "deviceId" : "adminId").value());
      }
    }
    assertThat(heard).containsSubsequence("X", "N", "M").endsWith("M");
  }

  @Test
  @DisplayName("4. ELECTION_DELAY counts; with 0 an election is held as soon as somebody stands")
  void delay() {
    MeshWorld slow = new MeshWorld("ELECTION_DELAY", "60000");
    MeshDevice y = slow.candidate("Y");
    slow.passWhileAlive(59_999, y);
    assertThat(slow.holder()).isEmpty();
    slow.pass(1);
    assertThat(slow.holder()).contains("Y");

    MeshWorld hasty = new MeshWorld("ELECTION_DELAY", "0");
    MeshDevice x = hasty.connect("X", "admin.manage");
    hasty.pass(0);
    assertThat(x.take()).extracting(Json::type).startsWith("welcome", "client-list-update").contains("admin-heartbeat");
    assertThat(hasty.holder()).contains("X");
    MeshDevice z = hasty.candidate("Z");
    x.drop();
    hasty.pass(0);
    assertThat(z.announced()).containsExactly("Z");
    assertThat(hasty.forceElection()).isTrue();
    hasty.pass(0);
    assertThat(z.announced()).containsExactly("Z");
  }

  @Test
  @DisplayName("11. No candidate: nobody is ever announced, and a later candidate is elected after the delay")
  void noCandidate() {
    MeshDevice a = world.device("A", "location.view,location.share,server.temporary");
    MeshDevice b = world.connect("B", "message.broadcast", "deviceType", "admin");
    world.passWhileAlive(100_000, a, b);
    assertThat(a.announced()).isEmpty();
    assertThat(world.isElecting()).isFalse();
    assertThat(world.loop.timers()).isEqualTo(2);

    world.pass(123);
    world.candidate("X");
    a.forget();
    world.pass(MeshWorld.DELAY - 1);
    assertThat(a.announced()).isEmpty();
    world.pass(1);

    assertThat(a.announced()).containsExactly("X");
  }

  @Test
  @DisplayName("12. Priority: who comes within the delay takes part, and the delay counts from the first")
  void priority() {
    MeshDevice x = world.candidate("X");
    world.pass(MeshWorld.DELAY - 10);
    world.device("Y", "location.view,admin.manage");
    x.forget();
    world.pass(9);
    x.nothing();
    world.pass(1);

    assertThat(x.announced()).containsExactly("Y");
  }

  @ParameterizedTest
  @CsvSource({"admin.manage, 11", "'location.share,admin.manage', 12", "'admin.manage,server.temporary', 15", "'location.view,admin.manage', 17",
      "'location.view,admin.manage,server.temporary', 21"})
  @DisplayName("2.2 Priorities of the table; the next higher one wins, though it came later")
  void priorities(String capabilities, int priority) {
    world.device("X", capabilities);
    assertThat(world.statistics().candidates().getFirst().priority()).isEqualTo(priority);
    world.device("Y", capabilities + ",one.more");
    world.pass(MeshWorld.DELAY);

    assertThat(world.holder()).contains("Y");
  }

  @Test
  @DisplayName("13. Tie: the first one, in 50 of 50 runs, though they come in the same millisecond")
  void tie() {
    for (int i = 0; i < 50; i++) {
      MeshWorld other = new MeshWorld();
      String first = "d" + 37 * i % 50;
      other.candidate(first);
      other.candidate("a" + i);
      other.candidate("z" + i);
      other.pass(MeshWorld.DELAY);
      assertThat(other.holder()).contains(first);
    }
  }

  @Test
  @DisplayName("14. No starvation: a candidate every half delay, and an admin after one")
  void noStarvation() {
    MeshDevice first = world.candidate("X0");
    for (int i = 1; i <= 10; i++) {
      world.pass(MeshWorld.DELAY / 2);
      assertThat(world.holder().isPresent()).as("after %s halves", i).isEqualTo(i >= 2);
      world.candidate("X" + i);
    }
    assertThat(first.announced()).isNotEmpty().containsOnly("X0");
  }

  @Test
  @DisplayName("15. No pre-emption: the announcements stay with who is in office")
  void noPreEmption() {
    world.admin("X");
    MeshDevice y = world.connect("Y", "location.view,admin.manage,server.temporary");
    assertThat(y.types()).containsExactly("welcome", "client-list-update", "admin-heartbeat");
    world.pass(MeshWorld.HEARTBEAT * 2);

    assertThat(y.announced()).containsExactly("X", "X");
  }

  // ---- Loss

  @Test
  @DisplayName("16. Admin loss: the list says so at once, nobody is announced, and the next one after the delay")
  void loss() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    MeshDevice a = world.device("A", "");
    y.forget();
    world.pass(7_000);
    long term = world.statistics().term();

    x.drop();

    Json list = a.expect("client-list-update");
    assertThat(MeshDevice.ids(list)).containsExactly("Y", "A");
    assertThat(list.at("data", "adminId").isNull()).isTrue();
    assertThat(list.at("data", "term").number()).isEqualTo(term + 1);
    a.nothing();
    world.pass(MeshWorld.DELAY - 1);
    assertThat(a.take()).extracting(Json::type).as("a tick in the vacancy").isSubsetOf("server-heartbeat");
    world.pass(1);
    a.expectOffice(List.of("Y", "A"), "Y");
    assertThat(world.statistics().term()).isEqualTo(term + 2);
  }

  @Test
  @DisplayName("2.3 In EMPTY and PENDING a tick announces nobody")
  void vacantTick() {
    MeshDevice x = world.admin("X");
    MeshDevice a = world.device("A", "");
    x.drop();
    world.passWhileAlive(MeshWorld.HEARTBEAT * 3, a);
    assertThat(a.take()).extracting(Json::type).containsOnly("client-list-update", "server-heartbeat", "heartbeat-ack");

    MeshWorld slow = new MeshWorld("ELECTION_DELAY", "15000");
    MeshDevice y = slow.candidate("Y");
    slow.pass(MeshWorld.HEARTBEAT);
    assertThat(y.types()).containsExactly("server-heartbeat");
  }

  @Test
  @DisplayName("16. With no other candidate: adminId null, and nobody")
  void lossOfTheOnly() {
    MeshDevice x = world.admin("X");
    MeshDevice a = world.device("A", "");
    x.drop();
    a.expectList(List.of("A"), null);
    world.passWhileAlive(60_000, a);

    assertThat(a.announced()).isEmpty();
    assertThat(world.isElecting()).isFalse();
  }

  @Test
  @DisplayName("O4: the last candidate is gone before the deadline: nobody is elected then, and who comes later has a whole delay")
  void lastCandidateGone() {
    MeshDevice a = world.device("A", "");
    MeshDevice x = world.candidate("X");
    world.pass(MeshWorld.DELAY - 500);
    x.drop();
    world.candidate("Y");
    a.forget();
    world.pass(MeshWorld.DELAY - 1);
    a.nothing();
    world.pass(1);

    assertThat(a.announced()).containsExactly("Y");
  }

  @Test
  @DisplayName("17. Back within the delay: a new candidate with a new join time, so an equal one wins")
  void backWithinTheDelay() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    x.drop();
    world.pass(1_000);
    world.candidate("X");
    y.forget();
    world.pass(999);
    y.nothing();
    world.pass(1);
    assertThat(y.announced()).containsExactly("Y");
  }

  @Test
  @DisplayName("17. Back within the delay: it competes with its priority")
  void backWithPriority() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    x.drop();
    world.device("X", "admin.manage,location.view");
    y.forget();
    world.pass(MeshWorld.DELAY);

    assertThat(y.announced()).containsExactly("X");
  }

  @Test
  @DisplayName("O5: another candidate that leaves changes nothing for who is in office")
  void otherLeaves() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    x.forget();
    y.drop();
    x.expectList(List.of("X"), "X").nothing();

    assertThat(world.isElecting()).isFalse();
  }

  // ---- 7: forced elections

  @Test
  @DisplayName("7. Forced: a vacancy for one delay, and the old admin stands again (defect 12)")
  void forced() {
    MeshDevice x = world.admin("X");
    world.device("Y", "location.view,admin.manage");
    x.forget();

    assertThat(world.forceElection()).isTrue();

    x.expectList(List.of("X", "Y"), null).nothing();
    assertThat(world.candidates()).containsExactly("X", "Y");
    world.pass(MeshWorld.DELAY - 1);
    x.nothing();
    world.pass(1);
    x.expectOffice(List.of("X", "Y"), "Y");
  }

  @Test
  @DisplayName("7. Not forced: a main admin is in office, or nobody stands")
  void notForced() {
    MeshDevice a = world.device("A", "");
    assertThat(world.forceElection()).isFalse();
    world.mainAdmin("M");
    a.forget();
    assertThat(world.forceElection()).isFalse();
    a.nothing();

    assertThat(world.holder()).contains("M");
  }

  // ---- Races

  @Test
  @DisplayName("28. Races: join, close and deadline in one moment, in every order")
  void races() {
    for (int round = 0; round < 200; round++) {
      MeshWorld race = new MeshWorld();
      MeshDevice w = race.device("W", "");
      MeshDevice x = race.admin("X");
      race.candidate("Y");
      w.forget();
      MeshDevice[] later = new MeshDevice[1];
      List<Runnable> actions = List.of(x::drop, () -> race.pass(MeshWorld.DELAY), () -> later[0] = race.candidate("Z"), () -> race.device("Y", round(later)));
      for (int i = 0; i < 4; i++) {
        actions.get((round + i * (1 + 2 * (round / 4 % 2))) % 4).run();
      }
      race.pass(MeshWorld.DELAY);
      boolean gone = false;
      for (Json message : w.take()) {
        gone |= message.type().equals("client-list-update") && !MeshDevice.ids(message).contains("X");
        assertThat(gone && message.type().equals("admin-heartbeat") && message.at("data", "deviceId").text().equals("X")).as("round %s", round).isFalse();
      }
      assertThat(race.holder()).as("round %s", round).hasValueSatisfying(holder -> assertThat(race.ids()).contains(holder));
    }
  }

  private static String round(MeshDevice[] later) {
    return later[0] == null ? "" : "admin.manage";
  }
}
