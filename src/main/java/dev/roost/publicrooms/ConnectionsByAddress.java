package dev.roost.publicrooms;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every socket that passed the first checks, by its id and by its address, and how many an address may have (section 2.4): so many young ones, and some more whatever their age. A socket whose
 * connection is interrupted is still known, but counts no more. On the rooms' loop.
 */
final class ConnectionsByAddress {
  private final int max;
  private final int hardMax;
  private final long staleNanos;
  private final Map<String, Guest> guests = new HashMap<>();
  /** In the order in which they came. */
  private final Map<String, List<Guest>> byAddress = new HashMap<>();

  ConnectionsByAddress(PublicRoomsSettings settings) {
    max = settings.maxConnectionsPerAddress();
    hardMax = settings.hardMaxConnectionsPerAddress();
    staleNanos = settings.staleAfter().toNanos();
  }

  /** Whether one more socket of this address fits. */
  boolean hasRoom(String ipHash, long nanos) {
    if (of(ipHash).size() < Math.min(max, hardMax)) {
      return true;
    }
    int live = 0;
    int young = 0;
    for (Guest guest : of(ipHash)) {
      if (guest.state() != Guest.State.INTERRUPTED) {
        live++;
        young += nanos - guest.connectedNanos() <= staleNanos ? 1 : 0;
      }
    }
    return young < max && live < hardMax;
  }

  void add(Guest guest) {
    guests.put(guest.id(), guest);
    byAddress.computeIfAbsent(guest.ipHash(), key -> new ArrayList<>(2)).add(guest);
  }

  void remove(Guest guest) {
    guests.remove(guest.id(), guest);
    List<Guest> same = byAddress.get(guest.ipHash());
    if (same != null && same.remove(guest) && same.isEmpty()) {
      byAddress.remove(guest.ipHash());
    }
  }

  Optional<Guest> find(String id) {
    return Optional.ofNullable(guests.get(id));
  }

  /** Those of one address, interrupted ones included, in the order in which they came. */
  List<Guest> of(String ipHash) {
    return byAddress.getOrDefault(ipHash, List.of());
  }

  /** The same text, the one that is kept already if there is one: many sockets may come from one address. */
  String shared(String ipHash) {
    List<Guest> same = of(ipHash);
    return same.isEmpty() ? ipHash : same.getFirst().ipHash();
  }

  /** How many sockets of one address are connected. */
  int live(String ipHash) {
    return (int) of(ipHash).stream().filter(guest -> guest.state() != Guest.State.INTERRUPTED).count();
  }

  Collection<Guest> all() {
    return guests.values();
  }
}
