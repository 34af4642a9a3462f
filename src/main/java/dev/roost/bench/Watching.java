package dev.roost.bench;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * What presence and snapshot are about: users that are online, and who watches them.
 *
 * @param online users beside those of {@link Plan.Shape}: with snapshot, whom each watcher should find
 * @param mobiles how those connect who are just online, or come and go
 * @param watchers how they connect
 * @param spacing between two watchers that come (snapshot); zero: as fast as {@code --at-once} lets them
 * @param churn mobiles a second that come, and as many that go
 * @param stay how long each of these stays
 * @param redis that the server uses: asked for its counts, and with snapshot the users are written into it
 */
record Watching(int online, Plan.Side mobiles, Plan.Side watchers, Duration spacing, double churn, Duration stay, Optional<InetSocketAddress> redis) {

  /** How many connections this takes beside those of the shape. */
  int connections(Preset preset) {
    int visitors = (int) Math.ceil(churn * (stay.toMillis() / 1000.0 + 1));
    return (preset == Preset.SNAPSHOT && redis.isEmpty() ? online : 0) + visitors;
  }
}
