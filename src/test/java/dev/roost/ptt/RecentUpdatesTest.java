package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentUpdatesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void theSameIsHeardOnceInTenSeconds() {
    RecentUpdates recent = new RecentUpdates(false);
    assertThat(recent.isNews("m", true, 5, 0)).isTrue();
    assertThat(recent.isNews("m", true, 5, 10 * SECOND)).isFalse();
    assertThat(recent.isNews("m", false, 5, 10 * SECOND)).isTrue();
    assertThat(recent.isNews("n", true, 5, 10 * SECOND)).isTrue();
    assertThat(recent.isNews("m", true, 6, 10 * SECOND)).isTrue();
    assertThat(recent.isNews("m", true, 5, 10 * SECOND + 1)).isTrue();
  }

  @Test
  void anEarlierTimestampIsNewsUnlessMessagesMayOvertake() {
    RecentUpdates recent = new RecentUpdates(false);
    recent.isNews("m", true, 6, 0);
    assertThat(recent.isNews("m", false, 5, 1)).isTrue();
    RecentUpdates cluster = new RecentUpdates(true);
    cluster.isNews("m", true, 6, 0);
    assertThat(cluster.isNews("m", false, 5, 1)).isFalse();
    assertThat(cluster.isNews("n", false, 5, 1)).isTrue();
    assertThat(cluster.isNews("m", false, 5, 11 * SECOND)).isTrue();
  }

  @Test
  void memoryIsBounded() {
    RecentUpdates recent = new RecentUpdates(true, 100);
    for (int i = 0; i < 1000; i++) {
      recent.isNews("u" + i, true, i, i);
    }
    assertThat(recent.size()).isLessThanOrEqualTo(200);
    assertThat(recent.isNews("u999", true, 999, 1000)).isFalse();
  }
}
