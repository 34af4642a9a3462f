package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How many WebSockets may be asked for in a second. */
class HandshakeLimitsTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void withoutALimitNobodyIsRefused() {
    HandshakeLimits limits = new HandshakeLimits(HandshakeRates.UNLIMITED);
    for (int i = 0; i < 1_000; i++) {
      assertThat(check(limits, "203.0.113.9", 0)).isEmpty();
    }
  }

  @Test
  void oneAddressHasTwiceItsRateAtOnceThenItsRate() {
    HandshakeLimits limits = new HandshakeLimits(new HandshakeRates(0, 5, false));
    assertThat(admitted(limits, "203.0.113.9", 100, 0)).isEqualTo(10);
    assertThat(admitted(limits, "203.0.113.10", 100, 0)).as("another address").isEqualTo(10);
    assertThat(admitted(limits, "203.0.113.9", 100, SECOND)).isEqualTo(5);
    assertThat(check(limits, "203.0.113.9", SECOND)).contains(Refusal.RATE);
  }

  @Test
  void everybodyTogetherHasALimitToo() {
    HandshakeLimits limits = new HandshakeLimits(new HandshakeRates(20, 0, false));
    int admitted = 0;
    for (int i = 0; i < 100; i++) {
      admitted += admitted(limits, "10.0.0." + i, 1, 0);
    }
    assertThat(admitted).isEqualTo(40);
  }

  @Test
  void whoIsBeyondItsOwnLimitTakesNothingFromTheOthers() {
    HandshakeLimits limits = new HandshakeLimits(new HandshakeRates(10, 1, false));
    assertThat(admitted(limits, "203.0.113.9", 1_000, 0)).isEqualTo(2);
    int others = 0;
    for (int i = 0; i < 100; i++) {
      others += admitted(limits, "10.0.0." + i, 1, 0);
    }
    assertThat(others).isEqualTo(18);
  }

  @Test
  void aDryRunOnlyTells() {
    HandshakeLimits limits = new HandshakeLimits(new HandshakeRates(0, 1, true));
    assertThat(admitted(limits, "203.0.113.9", 2, 0)).isEqualTo(2);
    assertThat(check(limits, "203.0.113.9", 0)).isEqualTo(Optional.of(Refusal.RATE_DRY_RUN));
  }

  @Test
  void aNetworkOfIpv6IsOneAddress() {
    assertThat(HandshakeLimits.key("2001:db8:0:1::7")).isEqualTo(HandshakeLimits.key("2001:db8:0:1:ffff::9"));
    assertThat(HandshakeLimits.key("2001:db8:0:1::7")).isNotEqualTo(HandshakeLimits.key("2001:db8:0:2::7"));
    assertThat(HandshakeLimits.key("203.0.113.9")).isEqualTo("203.0.113.9");
    HandshakeLimits limits = new HandshakeLimits(new HandshakeRates(0, 1, false));
    assertThat(admitted(limits, "2001:db8::1", 1, 0) + admitted(limits, "2001:db8::2", 1, 0) + admitted(limits, "2001:db8::3", 1, 0)).isEqualTo(2);
  }

  private static int admitted(HandshakeLimits limits, String address, int requests, long nanos) {
    int admitted = 0;
    for (int i = 0; i < requests; i++) {
      admitted += check(limits, address, nanos).isEmpty() ? 1 : 0;
    }
    return admitted;
  }

  /** As a request that is right in everything else. */
  private static Optional<Refusal> check(HandshakeLimits limits, String address, long nanos) {
    return limits.asked(address, nanos).or(() -> limits.letIn(nanos));
  }
}
