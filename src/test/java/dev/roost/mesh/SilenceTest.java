package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.1 and 2.5: who is silent for too long, and who only seems to be. */
class SilenceTest {
  private static final CloseReason TIMED_OUT = new CloseReason(1008, "Client timeout");

  private final MeshWorld world = new MeshWorld();

  @Test
  @DisplayName("18. An admin that sends heartbeats for five timeouts is never replaced, and stays a candidate (defect 3)")
  void aliveAdminStays() {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.device("Y", "location.view,admin.manage");
    world.takeNews();
    world.passWhileAlive(5 * MeshWorld.TIMEOUT, x, y);

    assertThat(x.announced()).hasSize(15).containsOnly("X");
    assertThat(world.candidates()).containsExactly("X", "Y");
    assertThat(world.takeNews()).isEmpty();
    assertThat(x.closed()).isEmpty();
  }

  @Test
  @DisplayName("19. Exactly the timeout is not yet too long (defect 11); the next tick it is")
  void boundary() {
    MeshDevice a = world.device("A", "");
    MeshDevice b = world.device("B", "");
    world.pass(1);
    a.heartbeat();
    world.pass(MeshWorld.TIMEOUT - 1);
    assertThat(b.closed()).as("30 s sharp").isEmpty();
    a.heartbeat().forget();
    world.pass(MeshWorld.HEARTBEAT - 1);
    assertThat(b.closed()).as("nobody looks between two ticks").isEmpty();
    a.nothing();
    world.takeLog();
    world.pass(1);

    assertThat(b.closed()).contains(TIMED_OUT);
    assertThat(world.takeLog()).containsExactly("A client-list-update [A] null", "A server-heartbeat");
    a.expectList(List.of("A"), null);
    assertThat(a.expect("server-heartbeat").at("clientCount").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("19. A millisecond more than the timeout is too long")
  void justOver() {
    world.pass(MeshWorld.HEARTBEAT - 1);
    MeshDevice b = world.device("B", "");
    world.pass(MeshWorld.TIMEOUT);
    assertThat(b.closed()).isEmpty();
    world.pass(1);

    assertThat(b.closed()).contains(TIMED_OUT);
    assertThat(world.ids()).isEmpty();
  }

  @Test
  @DisplayName("19. What a removed connection does afterwards has no effect (defect 7)")
  void zombie() {
    MeshDevice b = world.device("B", "admin.manage");
    world.pass(2 * MeshWorld.TIMEOUT);
    MeshDevice a = world.device("A", "");
    b.forget();
    b.heartbeat().tell("A", "1").requestList();
    b.drop();

    a.tell("broadcast", "1").nothing();
    b.nothing();
    assertThat(b.sentInVain()).isZero();
    assertThat(world.ids()).containsExactly("A");
    assertThat(world.candidates()).isEmpty();
  }

  @Test
  @DisplayName("19. A silent admin: its office ends with it, and an election follows")
  void silentAdmin() {
    world.admin("X");
    MeshDevice y = world.candidate("Y");
    world.passWhileAlive(MeshWorld.TIMEOUT + MeshWorld.HEARTBEAT - MeshWorld.DELAY, y);
    y.forget();
    assertThat(world.holder()).isEmpty();
    assertThat(world.ids()).containsExactly("Y");
    world.pass(MeshWorld.DELAY);

    y.expectOffice(List.of("Y"), "Y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'type':'heartbeat'}", "{'type':'nonsense'}", "{bad", "", "{'type':'location-update'}",
      "{'type':'peer-message','data':{'targetId':'nobody','message':1}}",
      "{'type':'request-client-list'}"})
  @DisplayName("19. Messages of any type keep a device alive, faulty ones too")
  void anythingKeepsAlive(String message) {
    MeshDevice a = world.device("A", "");
    for (int i = 0; i < 8; i++) {
      world.pass(MeshWorld.TIMEOUT);
      a.send(message);
      assertThat(world.organization.clients().getFirst().lastSeen()).isEqualTo(world.loop.now());
    }
    assertThat(a.closed()).isEmpty();
  }

  @Test
  @DisplayName("2.1 Being accepted is a sign of life, being accepted again as well")
  void acceptIsASign() {
    world.device("A", "");
    world.pass(MeshWorld.TIMEOUT);
    MeshDevice again = world.device("A", "");
    world.pass(MeshWorld.TIMEOUT);
    assertThat(again.closed()).isEmpty();
    world.pass(MeshWorld.HEARTBEAT);

    assertThat(again.closed()).contains(TIMED_OUT);
  }

  @Test
  @DisplayName("D7: pongs count only with PONG_KEEPS_ALIVE")
  void pongs() {
    MeshWorld lenient = new MeshWorld("PONG_KEEPS_ALIVE", "true");
    MeshDevice alive = lenient.device("A", "");
    MeshDevice main = lenient.mainAdmin("M");
    MeshDevice strict = world.device("A", "");
    for (int i = 0; i < 10; i++) {
      lenient.pass(MeshWorld.HEARTBEAT);
      world.pass(MeshWorld.HEARTBEAT);
      alive.pong();
      main.pong();
      strict.pong();
    }
    assertThat(alive.closed()).isEmpty();
    assertThat(lenient.holder()).contains("M");
    assertThat(strict.closed()).contains(TIMED_OUT);
  }

  @Test
  @DisplayName("2.5 All who are silent go in one tick, and their elections are one")
  void together() {
    MeshDevice a = world.device("A", "");
    world.admin("X");
    world.candidate("Y");
    world.candidate("Z");
    world.passWhileAlive(MeshWorld.TIMEOUT, a);
    world.candidate("N");
    a.forget();
    world.pass(MeshWorld.HEARTBEAT - MeshWorld.DELAY);

    a.expectList(List.of("A", "N"), null);
    assertThat(a.types()).containsExactly("server-heartbeat");
    assertThat(world.figure("timeouts")).isEqualTo(3);
  }

  @Test
  @DisplayName("4. CLIENT_TIMEOUT and HEARTBEAT_INTERVAL count")
  void settings() {
    MeshWorld fast = new MeshWorld("CLIENT_TIMEOUT", "300", "HEARTBEAT_INTERVAL", "100");
    MeshDevice a = fast.device("A", "");
    fast.pass(300);
    assertThat(a.types()).containsExactly("server-heartbeat", "server-heartbeat", "server-heartbeat");
    assertThat(a.closed()).isEmpty();
    fast.pass(100);

    assertThat(a.closed()).contains(TIMED_OUT);
  }

  // ---- A loop that is late

  @ParameterizedTest
  @ValueSource(ints = {25_000, 35_000, 45_000, 300_000})
  @DisplayName("2.1 After a pause of the server nobody is thrown out who was only not heard")
  void late(int pause) {
    MeshDevice x = world.admin("X");
    MeshDevice y = world.candidate("Y");
    world.pass(5_000);
    world.loop.passLate(Duration.ofMillis(pause));
    // What they sent meanwhile is read only now.
    x.heartbeat();
    y.heartbeat();
    world.passWhileAlive(60_000, x, y);

    assertThat(x.closed()).isEmpty();
    assertThat(y.closed()).isEmpty();
    assertThat(world.holder()).contains("X");
    assertThat(world.takeNews()).doesNotContain("org_1 office vacant");
  }

  @Test
  @DisplayName("2.1 After a pause of the server who is really silent goes an interval later")
  void lateAndSilent() {
    MeshDevice a = world.device("A", "");
    MeshDevice b = world.device("B", "");
    world.loop.passLate(Duration.ofSeconds(100));
    a.heartbeat();
    world.pass(MeshWorld.HEARTBEAT - 1);
    assertThat(b.closed()).isEmpty();
    world.pass(1);

    assertThat(a.closed()).isEmpty();
    assertThat(b.closed()).contains(TIMED_OUT);
  }

  @Test
  @DisplayName("2.1 Twice late in a row: still nobody")
  void lateTwice() {
    MeshDevice a = world.device("A", "");
    world.loop.passLate(Duration.ofSeconds(40));
    world.loop.passLate(Duration.ofSeconds(40));
    a.heartbeat();
    world.pass(25_000);

    assertThat(a.closed()).isEmpty();
  }

  @Test
  @DisplayName("2.1 A tick that is less than an interval late counts")
  void aLittleLate() {
    world.pass(5_000);
    MeshDevice a = world.device("A", "");
    world.pass(34_000);
    world.loop.passLate(Duration.ofSeconds(9));

    assertThat(a.closed()).contains(TIMED_OUT);
  }

  @ParameterizedTest
  @CsvSource({"19999, true", "20000, false"})
  @DisplayName("2.1 A tick that is a whole interval late throws out nobody")
  void wholeIntervalLate(int sinceLastTick, boolean counts) {
    world.pass(9_000);
    MeshDevice a = world.device("A", "");
    world.pass(11_000);
    world.loop.passLate(Duration.ofMillis(sinceLastTick));

    assertThat(a.closed().isPresent()).isEqualTo(counts);
  }

  @Test
  @DisplayName("2.1 A tick right after one that was a little late counts")
  void afterALittleLate() {
    world.pass(19_500);
    MeshDevice a = world.device("A", "");
    world.pass(20_000);
    world.loop.passLate(Duration.ofMillis(9_500));
    assertThat(a.closed()).as("29.5 s").isEmpty();
    world.pass(1_000);

    assertThat(a.closed()).as("30.5 s").contains(TIMED_OUT);
  }

  @Test
  @DisplayName("2.4 After a pause of the server a main admin that was only not heard stays in office")
  void lateMainAdmin() {
    MeshDevice m = world.mainAdmin("M");
    world.candidate("X");
    world.loop.passLate(Duration.ofSeconds(60));
    assertThat(world.holder()).contains("M");
    m.heartbeat();
    world.passWhileAlive(30_000, m);
    assertThat(world.takeNews()).doesNotContain("org_1 office vacant");

    world.loop.passLate(Duration.ofSeconds(60));
    assertThat(world.holder()).contains("M");
    world.pass(MeshWorld.MAIN_CHECK - 1);
    assertThat(world.holder()).contains("M");
    world.pass(1);
    assertThat(world.holder()).as("really silent").isEmpty();
  }

  @Test
  @DisplayName("2.3 An election that is late is held as soon as the loop runs")
  void lateElection() {
    MeshDevice x = world.candidate("X");
    world.loop.passLate(Duration.ofSeconds(9));

    assertThat(world.holder()).contains("X");
    x.expectOffice(List.of("X"), "X");
    assertThat(x.closed()).isEqualTo(Optional.empty());
  }
}
