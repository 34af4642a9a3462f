package dev.roost.publicrooms;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is remembered of each address for a while, in bounded memory: what has lost its meaning is forgotten, and with too many addresses at once the one that was seen longest ago, to its
 * advantage. On the rooms' loop.
 */
final class ByAddress<T extends ByAddress.Passing> {
  private static final int MAX_ADDRESSES = 100_000;

  /** Something that loses its meaning with time. */
  interface Passing {

    /** Whether it is as good as a new one. */
    boolean isOver(long nanos);
  }

  private final Supplier<T> fresh;
  /** The one that was seen longest ago first. */
  private final Map<String, T> values;

  ByAddress(Supplier<T> fresh) {
    this(fresh, MAX_ADDRESSES);
  }

  ByAddress(Supplier<T> fresh, int maxAddresses) {
    this.fresh = fresh;
    values = new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
        return size() > maxAddresses;
      }
    };
  }

  /** What is known of an address; a new one if nothing is. */
  T of(String ipHash, long nanos) {
    forget(nanos);
    return values.computeIfAbsent(ipHash, key -> fresh.get());
  }

  Optional<T> find(String ipHash) {
    return Optional.ofNullable(values.get(ipHash));
  }

  /** Forgets what is over, up to the first one that is not, so that it costs nothing when there is nothing to forget; called now and then, nothing stays for long. */
  void forget(long nanos) {
    Iterator<T> eldest = values.values().iterator();
    while (eldest.hasNext() && eldest.next().isOver(nanos)) {
      eldest.remove();
    }
  }

  int size() {
    return values.size();
  }
}
