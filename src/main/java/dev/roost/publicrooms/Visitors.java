package dev.roost.publicrooms;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The users by their addresses (section 2.1). Who was inactive for too long, and has no socket, is gone the next time anybody looks. On the rooms' loop.
 */
final class Visitors {
  /** The journal hears of mere activity so often within the time to live. */
  private static final int JOURNAL_TIMES = 30;
  private static final long MILLI = 1_000_000;

  private final Loop loop;
  private final RoomsJournal journal;
  private final Supplier<String> uuids;
  private final Predicate<String> hasSocket;
  private final Consumer<Seat> onExpiredSeat;
  private final int max;
  private final long ttlNanos;
  /** Who was inactive for longest first. */
  private final Map<String, Visitor> byAddress = new LinkedHashMap<>();
  private final Map<String, Visitor> byId = new HashMap<>();

  /**
   * @param hasSocket whether an address has a live socket in a room, or one that may come back
   * @param onExpiredSeat gets the seat of who has expired
   */
  Visitors(Loop loop, PublicRoomsSettings settings, RoomsJournal journal, Supplier<String> uuids, Predicate<String> hasSocket, Consumer<Seat> onExpiredSeat) {
    this.loop = loop;
    this.journal = journal;
    this.uuids = uuids;
    this.hasSocket = hasSocket;
    this.onExpiredSeat = onExpiredSeat;
    max = settings.maxUsers();
    ttlNanos = settings.userTtl().toNanos();
  }

  /** Who was known before a restart; who has expired since is not. */
  void restore(List<Visitor> stored) {
    stored.stream().sorted(Comparator.comparing(Visitor::lastActiveAt)).forEach(visitor -> {
      // The clock may have been set back in the meantime.
      Duration idle = Duration.between(visitor.lastActiveAt(), loop.now());
      visitor.wasActive(loop.nanos() - Math.clamp(idle.toMillis(), 0, ttlNanos / MILLI) * MILLI);
      add(visitor);
    });
    sweep();
    makeRoom(max);
  }

  /** The user of an address, new or with a new name. */
  Visitor enter(String ipHash, String displayName) {
    Optional<Visitor> known = find(ipHash);
    if (known.isPresent()) {
      rename(known.get(), displayName);
      return known.get();
    }
    Visitor visitor = new Visitor(uuids.get(), ipHash, displayName, loop.now(), loop.now());
    visitor.active(loop.now(), loop.nanos());
    tellJournal(visitor);
    makeRoom(max - 1);
    add(visitor);
    return visitor;
  }

  void rename(Visitor visitor, String displayName) {
    if (!visitor.displayName().equals(displayName)) {
      visitor.displayName(displayName);
      tellJournal(visitor);
    }
  }

  Optional<Visitor> find(String ipHash) {
    return living(byAddress.get(ipHash));
  }

  Optional<Visitor> findById(String id) {
    return living(byId.get(id));
  }

  /** Something came from this address. */
  void touch(String ipHash) {
    find(ipHash).ifPresent(visitor -> {
      visitor.active(loop.now(), loop.nanos());
      byAddress.remove(ipHash);
      byAddress.put(ipHash, visitor);
      if (loop.nanos() - visitor.journaledNanos() >= ttlNanos / JOURNAL_TIMES) {
        tellJournal(visitor);
      }
    });
  }

  /** Lets go of all who have expired. */
  void sweep() {
    byAddress.values().stream().takeWhile(this::isInactive).filter(visitor -> !hasSocket.test(visitor.ipHash())).toList().forEach(this::remove);
  }

  int size() {
    return byAddress.size();
  }

  private Optional<Visitor> living(Visitor visitor) {
    if (visitor == null) {
      return Optional.empty();
    }
    if (isInactive(visitor) && !hasSocket.test(visitor.ipHash())) {
      remove(visitor);
      return Optional.empty();
    }
    return Optional.of(visitor);
  }

  private boolean isInactive(Visitor visitor) {
    return loop.nanos() - visitor.lastActiveNanos() >= ttlNanos;
  }

  private void add(Visitor visitor) {
    byAddress.put(visitor.ipHash(), visitor);
    byId.put(visitor.id(), visitor);
  }

  private void remove(Visitor visitor) {
    byAddress.remove(visitor.ipHash());
    byId.remove(visitor.id());
    visitor.seat().ifPresent(onExpiredSeat);
    journal.visitorGone(visitor);
  }

  /** With too many of them, those are forgotten who were inactive for longest, and are not in use: of the others there are never more than sockets and seats. */
  private void makeRoom(int atMost) {
    Iterator<Visitor> oldest = byAddress.values().iterator();
    while (byAddress.size() > atMost && oldest.hasNext()) {
      Visitor visitor = oldest.next();
      if (visitor.seat().isEmpty() && !hasSocket.test(visitor.ipHash())) {
        oldest.remove();
        byId.remove(visitor.id());
        journal.visitorGone(visitor);
      }
    }
  }

  private void tellJournal(Visitor visitor) {
    journal.visitor(visitor);
    visitor.journaled();
  }
}
