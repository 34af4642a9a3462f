package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.Election.Empty;
import dev.roost.mesh.Election.Main;
import dev.roost.mesh.Election.Pending;
import dev.roost.mesh.Election.Temporary;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of section 2.3, row by row. */
class ElectionTest extends ElectionScript {

  // ---- EMPTY and PENDING

  @Test
  @DisplayName("2.3 In the beginning nobody is in office and nobody stands")
  void beginning() {
    assertOffice(new Empty());
    assertThat(election.office().holder()).isEmpty();
    assertThat(election.term()).isEqualTo(FIRST_TERM);
    assertThat(election.candidateCount()).isZero();
    election.passTime(1_000_000);
    assertOffice(new Empty());
  }

  @Test
  @DisplayName("O1: a candidate appears: the election is one delay away")
  void o1() {
    stand("X", 7);

    assertOffice(new Pending(107));
    assertThat(election.office().holder()).isEmpty();
    assertThat(election.hasCandidate("X")).isTrue();
    assertThat(election.hasCandidate("Y")).isFalse();
  }

  @Test
  @DisplayName("O2: more candidates leave the deadline where it is, and take part")
  void o2() {
    stand("X", 0);
    stand("Y", 12, 50);
    stand("Z", 13, 99);
    assertOffice(new Pending(100));

    election.passTime(100);

    assertOffice(new Temporary("Z"));
  }

  @Test
  @DisplayName("O2: a candidate every half delay does not put it off (defect 4)")
  void noStarvation() {
    for (int i = 0; i < 20; i++) {
      long now = i * DELAY / 2;
      election.passTime(now);
      stand("X" + i, now);
    }
    assertOffice(new Temporary("X0"));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
  }

  @Test
  @DisplayName("O3: at the deadline, and not a nanosecond before")
  void o3() {
    stand("X", 0);
    election.passTime(99);
    assertOffice(new Pending(100));

    election.passTime(100);

    assertOffice(new Temporary("X"));
    assertThat(election.office().holder()).contains("X");
  }

  @Test
  @DisplayName("O3: a timer that is late elects whoever stands by then")
  void lateTimer() {
    stand("X", 0);
    stand("Y", 5_000_000);
    assertOffice(new Temporary("X"));

    election.withdraw("X", 5_000_001);
    stand("Z", 40, 5_000_050);
    election.passTime(9_000_000);

    assertOffice(new Temporary("Z"));
  }

  @Test
  @DisplayName("O4: the last candidate is gone: EMPTY; who comes then has a whole delay")
  void o4() {
    stand("X", 0);
    stand("Y", 10);
    election.withdraw("X", 20);
    assertOffice(new Pending(100));
    election.withdraw("Y", 30);
    assertOffice(new Empty());
    election.passTime(100);
    assertOffice(new Empty());

    stand("Z", 150);

    assertOffice(new Pending(250));
  }

  @Test
  @DisplayName("O3, O4: who withdrew is not elected")
  void withdrawnIsNotElected() {
    stand("X", 50, 0);
    stand("Y", 10, 1);
    election.withdraw("X", 99);
    election.passTime(100);

    assertOffice(new Temporary("Y"));
  }

  @Test
  @DisplayName("A stranger that withdraws changes nothing")
  void stranger() {
    election.withdraw("S", 0);
    election.mainAdminAbsent("S", 0);
    assertOffice(new Empty());
    stand("X", 0);
    election.withdraw("S", 50);
    election.mainAdminAbsent("S", 50);
    assertOffice(new Pending(100));
  }

  // ---- TEMP

  @ParameterizedTest
  @ValueSource(ints = {1, 11, 12, 21, 60})
  @DisplayName("O5: no pre-emption, whatever the priority")
  void o5(int priority) {
    elected("X");
    stand("Y", priority, 150);
    election.passTime(1_000_000);

    assertOffice(new Temporary("X"));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
  }

  @Test
  @DisplayName("O6: the admin is gone, others remain: PENDING")
  void o6() {
    elected("X");
    stand("Y", 150);
    election.withdraw("Y", 160);
    assertOffice(new Temporary("X"));
    stand("Z", 200);

    election.withdraw("X", 1_000);

    assertOffice(new Pending(1_100));
    election.passTime(1_100);
    assertOffice(new Temporary("Z"));
  }

  @Test
  @DisplayName("O6: the admin is gone, nobody remains: EMPTY")
  void o6Alone() {
    elected("X");
    election.withdraw("X", 1_000);

    assertOffice(new Empty());
  }

  @Test
  @DisplayName("O6: who comes back within the delay is new: an equal one that stayed wins")
  void o6ComingBack() {
    elected("X");
    stand("Y", 150);
    election.withdraw("X", 1_000);
    order.put("X", 10L);
    stand("X", 1_050);
    assertOffice(new Pending(1_100));
    election.passTime(1_100);

    assertOffice(new Temporary("Y"));
  }

  // ---- MAIN

  @Test
  @DisplayName("O7: a main admin comes to an empty office")
  void o7Empty() {
    mainAdmin("M", 0);

    assertOffice(new Main("M"));
    assertThat(election.office().holder()).contains("M");
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
  }

  @Test
  @DisplayName("O7: a pending election is cancelled")
  void o7Pending() {
    stand("X", 60, 0);
    mainAdmin("M", 99);
    assertOffice(new Main("M"));
    election.passTime(100);
    election.passTime(10_000);

    assertOffice(new Main("M"));
  }

  @Test
  @DisplayName("O7: the temporary admin is deposed and stays a candidate")
  void o7Temporary() {
    elected("X");
    mainAdmin("M", 500);
    assertOffice(new Main("M"));
    assertThat(election.hasCandidate("X")).isTrue();

    election.withdraw("M", 600);
    election.passTime(700);

    assertOffice(new Temporary("X"));
  }

  @Test
  @DisplayName("O7: the temporary admin turns out to be the main admin")
  void o7Same() {
    elected("M");
    election.mainAdminPresent("M", 500);

    assertOffice(new Main("M"));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 2);
  }

  @Test
  @DisplayName("O8: another main admin takes over at once, the one with the smallest id")
  void o8Another() {
    mainAdmin("M1", 0);
    mainAdmin("b", 1);
    mainAdmin("a", 2);
    mainAdmin("B", 3);
    election.withdraw("M1", 10);
    assertOffice(new Main("B"));
    election.mainAdminAbsent("B", 20);
    assertOffice(new Main("a"));
    election.withdraw("a", 30);

    assertOffice(new Main("b"));
  }

  @Test
  @DisplayName("O8: nobody but candidates: PENDING, and a silent main admin is one of them")
  void o8Silent() {
    mainAdmin("M", 0);
    stand("X", 5);

    election.mainAdminAbsent("M", 1_000);

    assertOffice(new Pending(1_100));
    election.passTime(1_100);
    assertOffice(new Temporary("M"));
    election.mainAdminPresent("M", 1_200);
    assertOffice(new Main("M"));
  }

  @Test
  @DisplayName("O8: nobody at all: EMPTY")
  void o8Alone() {
    mainAdmin("M", 0);
    election.withdraw("M", 1_000);

    assertOffice(new Empty());
  }

  @Test
  @DisplayName("O8: gone while another is silent: no main admin is present then")
  void o8SilentOther() {
    mainAdmin("M1", 0);
    mainAdmin("M2", 1);
    election.mainAdminAbsent("M2", 10);
    assertOffice(new Main("M1"));
    election.withdraw("M1", 20);

    assertOffice(new Pending(120));
  }

  @ParameterizedTest
  @CsvSource({"M2, M1", "M1, M2"})
  @DisplayName("O9: the first main admin stays, whatever the ids")
  void o9(String first, String second) {
    mainAdmin(first, 0);
    mainAdmin(second, 10);
    election.mainAdminPresent(second, 20);
    election.mainAdminPresent(first, 30);

    assertOffice(new Main(first));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
  }

  @Test
  @DisplayName("O9: who was silent and speaks again finds another in office, and stays behind")
  void o9Again() {
    mainAdmin("M1", 0);
    mainAdmin("M2", 1);
    election.mainAdminAbsent("M1", 10);
    assertOffice(new Main("M2"));
    election.mainAdminPresent("M1", 20);

    assertOffice(new Main("M2"));
  }
}
