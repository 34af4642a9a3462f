package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final long BEGIN = 5_000;
  private static final Plan.Pace HUNDRED_A_SECOND = new Plan.Pace(100, 64, 200, 1, 5, 10);
  private static final long PERIOD = 10_000_000;

  @Test
  void messagesAreDueOnePeriodAfterTheOther() {
    Schedule schedule = Schedule.of(HUNDRED_A_SECOND, BEGIN);
    assertThat(LongStream.range(0, 4).map(schedule::due)).containsExactly(BEGIN, BEGIN + PERIOD, BEGIN + 2 * PERIOD, BEGIN + 3 * PERIOD);
    assertThat(schedule.firstFrom(0)).isZero();
    assertThat(schedule.firstFrom(BEGIN + 2 * PERIOD)).isEqualTo(2);
    assertThat(schedule.firstFrom(BEGIN + 2 * PERIOD + 1)).isEqualTo(3);
  }

  @Test
  void messagesThatGoTogetherAreDueWithTheFirstOfThem() {
    Schedule schedule = Schedule.of(new Plan.Pace(100, 64, 200, 3, 5, 10), BEGIN);
    assertThat(LongStream.range(0, 7).map(schedule::due))
        .containsExactly(BEGIN, BEGIN, BEGIN, BEGIN + 3 * PERIOD, BEGIN + 3 * PERIOD, BEGIN + 3 * PERIOD, BEGIN + 6 * PERIOD);
    assertThat(schedule.firstFrom(BEGIN + 1)).isEqualTo(3);
    assertThat(schedule.firstFrom(BEGIN + 3 * PERIOD)).isEqualTo(3);
    assertThat(schedule.firstFrom(BEGIN + 3 * PERIOD + 1)).isEqualTo(6);
  }
}
