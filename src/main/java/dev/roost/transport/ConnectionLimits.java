package dev.roost.transport;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many WebSockets there may be, in total and from one address. Any thread. */
final class ConnectionLimits {
  private final int max;
  private final int maxPerAddress;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentMap<String, Integer> byAddress = new ConcurrentHashMap<>();

  /**
   * @param max in total
   * @param maxPerAddress from one address; 0 means that they are not counted
   */
  ConnectionLimits(int max, int maxPerAddress) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
  }

  /** Takes a place; the answer is why there is none. Who got one gives it back with {@link #release}. */
  Optional<Refusal> acquire(String address) {
    if (total.incrementAndGet() > max) {
      total.decrementAndGet();
      return Optional.of(Refusal.CAPACITY);
    }
    if (maxPerAddress > 0 && byAddress.merge(address, 1, Integer::sum) > maxPerAddress) {
      release(address);
      return Optional.of(Refusal.ADDRESS_CAPACITY);
    }
    return Optional.empty();
  }

  void release(String address) {
    total.decrementAndGet();
    if (maxPerAddress > 0) {
      byAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }
  }
}
