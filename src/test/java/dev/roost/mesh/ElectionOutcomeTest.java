package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.Election.Candidate;
import dev.roost.mesh.Election.Empty;
import dev.roost.mesh.Election.Main;
import dev.roost.mesh.Election.Pending;
import dev.roost.mesh.Election.Temporary;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section 2.2 and what the table does not say: who wins, terms, forced elections, and the clock. */
class ElectionOutcomeTest extends ElectionScript {

  // ---- 2.2: who wins

  @Test
  @DisplayName("2.2 The highest priority wins, in whatever order they come")
  void priority() {
    stand("A", 12, 0);
    stand("B", 17, 1);
    stand("C", 15, 2);
    election.passTime(DELAY);
    assertOffice(new Temporary("B"));

    election.withdraw("B", 200);
    election.passTime(300);
    assertOffice(new Temporary("C"));
  }

  @Test
  @DisplayName("2.2 Tie: who came first, whatever the ids, in 50 of 50 runs")
  void tie() {
    for (int i = 0; i < 50; i++) {
      Election other = new Election(DELAY, 0);
      other.stand(new Candidate("later" + i, 17, 100 + i), 0);
      other.stand(new Candidate("x" + (97 * i % 50), 17, 50 + i), 0);
      other.stand(new Candidate("a" + i, 17, 200 + i), 0);
      other.passTime(DELAY);

      assertThat(other.office()).isEqualTo(new Temporary("x" + (97 * i % 50)));
    }
  }

  @Test
  @DisplayName("2.1 A priority that changes counts at the next election; the order stays")
  void changedPriority() {
    stand("X", 12, 0);
    stand("Y", 12, 1);
    stand("X", 11, 10);
    stand("Y", 10, 20);
    assertOffice(new Pending(100));
    election.passTime(100);
    assertOffice(new Temporary("X"));
    stand("X", 1, 150);
    assertOffice(new Temporary("X"));

    assertThat(election.force(200)).isTrue();
    election.passTime(300);

    assertOffice(new Temporary("Y"));
  }

  // ---- Terms

  @Test
  @DisplayName("A term grows with every change of hands, vacancies among them, and with nothing else")
  void terms() {
    stand("X", 0);
    stand("Y", 10);
    assertThat(election.term()).isEqualTo(FIRST_TERM);
    election.passTime(100);
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
    stand("Z", 110);
    election.withdraw("Z", 115);
    election.passTime(120);
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
    election.withdraw("X", 130);
    assertThat(election.term()).as("vacant").isEqualTo(FIRST_TERM + 2);
    election.withdraw("Y", 140);
    assertThat(election.term()).as("still vacant").isEqualTo(FIRST_TERM + 2);
    mainAdmin("M", 300);
    assertThat(election.term()).isEqualTo(FIRST_TERM + 3);
    mainAdmin("N", 310);
    election.mainAdminPresent("M", 320);
    assertThat(election.term()).isEqualTo(FIRST_TERM + 3);
    election.mainAdminAbsent("M", 330);
    assertThat(election.term()).as("straight to N").isEqualTo(FIRST_TERM + 4);
  }

  // ---- Forced elections

  @Test
  @DisplayName("7. Forced: the admin steps down, stays a candidate (defect 12), and may win again")
  void forced() {
    elected("X");
    stand("Y", 150);

    assertThat(election.force(200)).isTrue();

    assertOffice(new Pending(300));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 2);
    assertThat(election.hasCandidate("X")).isTrue();
    election.passTime(300);
    assertOffice(new Temporary("X"));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 3);
  }

  @Test
  @DisplayName("7. Forced while one is pending: that one, and its deadline stays")
  void forcedTwice() {
    elected("X");
    election.force(200);

    assertThat(election.force(250)).isTrue();

    assertOffice(new Pending(300));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 2);
  }

  @Test
  @DisplayName("7. Not forced: nobody votes on a main admin, and nobody is elected where nobody stands")
  void notForced() {
    assertThat(election.force(0)).isFalse();
    assertOffice(new Empty());
    mainAdmin("M", 10);
    stand("X", 20);

    assertThat(election.force(30)).isFalse();

    assertOffice(new Main("M"));
    assertThat(election.term()).isEqualTo(FIRST_TERM + 1);
  }

  // ---- Times

  @Test
  @DisplayName("The clock's nanoseconds may run over")
  void overflow() {
    long late = Long.MAX_VALUE - 10;
    stand("X", late);
    election.passTime(late + 5);
    assertOffice(new Pending(late + DELAY));
    election.passTime(late + 50);
    assertOffice(new Pending(late + DELAY));
    election.passTime(late + DELAY - 1);
    assertOffice(new Pending(late + DELAY));
    election.passTime(late + DELAY);

    assertOffice(new Temporary("X"));
  }

  @Test
  @DisplayName("4. ELECTION_DELAY=0: due at once")
  void noDelay() {
    Election hasty = new Election(0, 0);
    hasty.stand(candidate("X", 11), 5);
    assertThat(hasty.deadline()).contains(5L);
    hasty.passTime(5);

    assertThat(hasty.office()).isEqualTo(new Temporary("X"));
  }
}
