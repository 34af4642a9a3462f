package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeersTest {
  private static final long SECOND = 1_000_000_000L;

  private final Peers peers = new Peers(Duration.ofSeconds(15), Duration.ofSeconds(1));

  @Test
  void whoBeginsToListenSupposesForAMomentThatThereAreOthers() {
    assertThat(peers.any(0)).isFalse();
    peers.listening(5 * SECOND);
    assertThat(peers.any(6 * SECOND - 1)).isTrue();
    assertThat(peers.any(6 * SECOND)).isFalse();
    peers.listening(9 * SECOND);
    assertThat(peers.any(9 * SECOND)).isTrue();
  }

  @Test
  void aServerIsThereUntilItSaysGoodbyeOrIsSilentForTooLong() {
    peers.listening(0);
    peers.hello("a", 2 * SECOND);
    peers.hello("b", 2 * SECOND);
    peers.goodbye("a");
    assertThat(peers.count()).isEqualTo(1);
    peers.hello("b", 7 * SECOND);
    peers.forget(22 * SECOND - 1);
    assertThat(peers.any(22 * SECOND - 1)).isTrue();
    peers.forget(22 * SECOND);
    assertThat(peers.any(22 * SECOND)).isFalse();
  }

  @Test
  void inventedServersFillNoMemory() {
    peers.hello("a", 0);
    for (int i = 0; i < 5_000; i++) {
      peers.hello("invented" + i, 0);
    }
    assertThat(peers.count()).isEqualTo(1_000);
    peers.hello("a", SECOND);
    peers.forget(15 * SECOND);
    assertThat(peers.count()).isEqualTo(1);
  }
}
