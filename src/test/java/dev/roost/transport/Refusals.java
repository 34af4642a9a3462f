package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/** What a server has counted. */
final class Refusals {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Refusals() {}

  /** Waits until so many connections were refused for a reason: a client may see the end before it is counted. */
  static void await(Transport transport, Refusal reason, int count) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (transport.meter().refusals(reason).sum() < count && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(transport.meter().refusals(reason).sum()).as(reason.name()).isEqualTo(count);
  }
}
