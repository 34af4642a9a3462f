package dev.roost.bench;

import java.net.InetSocketAddress;
import java.util.Map;

/** What Redis said of itself at one time, on the timeline. */
record RedisReading(long at, Map<String, String> info) {

  /** Asks; throws BenchException if there is no answer. */
  static RedisReading take(InetSocketAddress address, Timeline timeline) {
    try (RedisPort port = new RedisPort(address)) {
      return new RedisReading(timeline.now(), port.info());
    }
  }

  RedisUse until(RedisReading later) {
    return RedisUse.between(info, later.info, (later.at - at) / 1e9);
  }
}
