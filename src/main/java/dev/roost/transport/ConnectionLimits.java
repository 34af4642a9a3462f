package dev.roost.transport;

import io.netty.channel.ChannelFutureListener;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many WebSockets there may be, in total and from one address, of IPv6 from one network (see {@link HandshakeLimits#key}). Any thread. */
final class ConnectionLimits {
  private final int max;
  private final int maxPerAddress;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentMap<String, Integer> byAddress = new ConcurrentHashMap<>();
  /** For all connections the same, where addresses are not counted: an idle connection keeps no address. */
  private final ChannelFutureListener leaving = closed -> total.decrementAndGet();

  /**
   * @param max in total
   * @param maxPerAddress from one address; 0 means that they are not counted
   */
  ConnectionLimits(int max, int maxPerAddress) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
  }

  /** Takes a place; the answer is why there is none. Who got one gives it back with {@link #leaving} or {@link #release}. */
  Optional<Refusal> acquire(String address) {
    if (total.incrementAndGet() > max) {
      total.decrementAndGet();
      return Optional.of(Refusal.CAPACITY);
    }
    if (maxPerAddress > 0) {
      String key = HandshakeLimits.key(address);
      if (byAddress.merge(key, 1, Integer::sum) > maxPerAddress) {
        free(key);
        return Optional.of(Refusal.ADDRESS_CAPACITY);
      }
    }
    return Optional.empty();
  }

  /** Gives back the place of a connection from this address, when that is closed. */
  ChannelFutureListener leaving(String address) {
    if (maxPerAddress == 0) {
      return leaving;
    }
    String key = HandshakeLimits.key(address);
    return closed -> free(key);
  }

  /** Gives it back at once. */
  void release(String address) {
    if (maxPerAddress == 0) {
      total.decrementAndGet();
    } else {
      free(HandshakeLimits.key(address));
    }
  }

  private void free(String key) {
    total.decrementAndGet();
    byAddress.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
  }
}
