package dev.roost.socketio;

import dev.roost.core.RateLimit;
import java.time.Duration;

/** How many packets a client may send, far above what any honest one does; with the first one too many it is over. The burst bounds the packets of one POST, too. */
final class PacketRate {
  static final int PER_SECOND = 5_000;
  static final int BURST = 10_000;

  private PacketRate() {}

  static RateLimit from(long nanos) {
    return new RateLimit(PER_SECOND, BURST, Duration.ZERO, nanos);
  }
}
