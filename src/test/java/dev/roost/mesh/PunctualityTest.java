package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is in time: less than a whole interval late, and not made up for something that was late. The interval is 10. */
class PunctualityTest {
  private final Punctuality punctuality = new Punctuality(Duration.ofNanos(10), 100);

  @Test
  @DisplayName("On time, early, and up to a whole interval late")
  void inTime() {
    assertThat(punctuality.interval()).isEqualTo(Duration.ofNanos(10));
    assertThat(punctuality.isPunctual(110)).isTrue();
    assertThat(punctuality.isPunctual(119)).isTrue();
    assertThat(punctuality.isPunctual(138)).isTrue();
    assertThat(punctuality.isPunctual(139)).as("right after one that was a little late").isTrue();
    assertThat(punctuality.isPunctual(158)).isTrue();
  }

  @Test
  @DisplayName("A whole interval late, and what is made up for that at once; the next one is in time again")
  void late() {
    assertThat(punctuality.isPunctual(120)).isFalse();
    assertThat(punctuality.isPunctual(120)).as("made up").isFalse();
    assertThat(punctuality.isPunctual(130)).isTrue();
    assertThat(punctuality.isPunctual(1_000)).isFalse();
    assertThat(punctuality.isPunctual(1_004)).as("made up").isFalse();
    assertThat(punctuality.isPunctual(1_008)).as("the one after").isTrue();
  }

  @Test
  @DisplayName("Late again and again: from the fourth time on that is as punctual as it gets; what is made up for never is")
  void lateAgain() {
    for (int time = 1; time <= 8; time++) {
      assertThat(punctuality.isPunctual(100 + 100 * time)).as("time %s", time).isEqualTo(time > 3);
      assertThat(punctuality.isPunctual(101 + 100 * time)).isFalse();
    }
    assertThat(punctuality.isPunctual(910)).isTrue();
    assertThat(punctuality.isPunctual(1_000)).as("the first time anew").isFalse();
  }

  @Test
  @DisplayName("The clock's nanoseconds may run over")
  void overflow() {
    Punctuality late = new Punctuality(Duration.ofNanos(10), Long.MAX_VALUE - 5);

    assertThat(late.isPunctual(Long.MIN_VALUE + 4)).isTrue();
    assertThat(late.isPunctual(Long.MIN_VALUE + 30)).isFalse();
  }
}
