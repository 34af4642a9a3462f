package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RateLimit.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  private final RateLimit limit = new RateLimit(60, 120, Duration.ofSeconds(10), 0);

  @Test
  void aBurstIsAdmittedAndNoMore() {
    assertThat(admitted(0, 500)).isEqualTo(120);
  }

  @Test
  void theSustainedRateIsNeverLimited() {
    for (long now = 0; now < 60 * SECOND; now += SECOND / 60 + 1) {
      assertThat(limit.check(now)).isEqualTo(Verdict.ADMIT);
    }
  }

  @Test
  void theBucketFillsAgain() {
    admitted(0, 500);
    assertThat(admitted(SECOND, 500)).isEqualTo(60);
    assertThat(admitted(100 * SECOND, 500)).isEqualTo(120);
  }

  @Test
  void whoStaysAboveTheLimitForTenSecondsIsAnAbuser() {
    Verdict last = Verdict.ADMIT;
    long now = 0;
    while (last != Verdict.ABUSE && now < 60 * SECOND) {
      now += 10 * MILLI;
      last = limit.check(now);
    }
    // 100 a second: the burst lasts 3 s, then 10 s of refusals.
    assertThat(now).isBetween(12 * SECOND, 14 * SECOND);
  }

  @Test
  void aPauseOfASecondMakesItABurst() {
    for (int burst = 0; burst < 30; burst++) {
      long start = burst * 3 * SECOND;
      for (int i = 0; i < 200; i++) {
        assertThat(limit.check(start + i * 10 * MILLI)).isNotEqualTo(Verdict.ABUSE);
      }
    }
  }

  @Test
  void timeMayStartAnywhere() {
    RateLimit late = new RateLimit(1, 1, Duration.ofSeconds(10), Long.MAX_VALUE - 5);
    assertThat(late.check(Long.MAX_VALUE - 5)).isEqualTo(Verdict.ADMIT);
    assertThat(late.check(Long.MAX_VALUE - 4)).isEqualTo(Verdict.EXCESS);
    assertThat(late.check(Long.MIN_VALUE + SECOND)).isEqualTo(Verdict.ADMIT);
  }

  @Test
  void onePerIntervalPasses() {
    OncePer second = new OncePer(Duration.ofSeconds(1));
    assertThat(second.allow(0)).isTrue();
    assertThat(second.allow(SECOND - 1)).isFalse();
    assertThat(second.allow(SECOND)).isTrue();
    assertThat(second.allow(SECOND + 1)).isFalse();
  }

  @Test
  void everyKeyHasABucketOfItsOwn() {
    RateLimits perMinute = new RateLimits(30, Duration.ofMinutes(1), 30, 1_000);
    for (int i = 0; i < 30; i++) {
      assertThat(perMinute.admit("a", 0)).isTrue();
    }
    assertThat(perMinute.admit("a", SECOND)).isFalse();
    assertThat(perMinute.admit("b", SECOND)).isTrue();
    assertThat(perMinute.admit("a", 2 * SECOND)).isTrue();
    assertThat(perMinute.admit("a", 2 * SECOND)).isFalse();
  }

  @Test
  void keysThatAreQuietCostNothingAndManyKeysStayBounded() {
    RateLimits limits = new RateLimits(10, Duration.ofSeconds(1), 10, 100);
    for (int i = 0; i < 1_000; i++) {
      limits.admit("key " + i, 0);
    }
    assertThat(limits.size()).isEqualTo(100);
    limits.admit("late", 10 * SECOND);
    assertThat(limits.size()).isEqualTo(1);
  }

  private int admitted(long now, int events) {
    int count = 0;
    for (int i = 0; i < events; i++) {
      count += limit.check(now) == Verdict.ADMIT ? 1 : 0;
    }
    return count;
  }
}
