package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.Guest.State;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Who gets in, in the order of section 2.3: blocked addresses, too many sockets of one address, reconnections, capacity. What a socket takes here it gives back when it goes, whenever that is.
 * On the rooms' loop.
 */
final class Admission {
  private static final long SECOND = 1_000_000_000;

  private final Loop loop;
  private final AbuseBlock abuse;
  private final ConnectionsByAddress connections;
  private final Backoff backoff;
  private final CapacityQueue capacity;

  /** @param onTimeout hears of who waited too long for a place; has to end it */
  Admission(Loop loop, PublicRoomsSettings settings, AbuseBlock abuse, Consumer<Guest> onTimeout) {
    this.loop = loop;
    this.abuse = abuse;
    connections = new ConnectionsByAddress(settings);
    backoff = new Backoff(loop, settings.backoff());
    capacity = new CapacityQueue(loop, settings, onTimeout);
  }

  /** Lets a guest in, or lets it wait, as its state says then; or answers why not, and has kept nothing of it. */
  Optional<ErrorEvent> admit(Guest guest) {
    Optional<Duration> blocked = abuse.remaining(guest.ipHash());
    if (blocked.isPresent()) {
      return refusal(FaultCode.IP_BLOCKED, blocked);
    }
    if (!connections.hasRoom(guest.ipHash(), loop.nanos())) {
      abuse.suspect(guest.ipHash());
      return refusal(FaultCode.TOO_MANY_CONNECTIONS, Optional.empty());
    }
    Optional<Duration> delay = backoff.attempt(guest.ipHash());
    if (delay.isPresent()) {
      abuse.suspect(guest.ipHash());
      return refusal(FaultCode.RECONNECTION_THROTTLED, delay);
    }
    if (!capacity.enter(guest)) {
      backoff.disconnected(guest.ipHash());
      return refusal(FaultCode.SYSTEM_AT_CAPACITY, Optional.empty());
    }
    connections.add(guest);
    return Optional.empty();
  }

  /** The guest is over: everything it took is free again. */
  void left(Guest guest) {
    State was = guest.state();
    guest.state(State.GONE);
    connections.remove(guest);
    switch (was) {
      case WAITING -> {
        capacity.leave(guest);
        backoff.disconnected(guest.ipHash());
      }
      case ADMITTED, JOINED -> {
        capacity.free();
        backoff.disconnected(guest.ipHash());
      }
      case ARRIVING, INTERRUPTED, GONE -> { }
    }
  }

  /** The connection of a joined guest is lost for now: it takes no place, and does not count for its address. */
  void interrupted(Guest guest) {
    guest.state(State.INTERRUPTED);
    capacity.free();
    backoff.disconnected(guest.ipHash());
  }

  /** Whether an interrupted guest could come back now. It need not mind the backoff. */
  boolean mayResume(Guest guest) {
    return abuse.remaining(guest.ipHash()).isEmpty() && connections.hasRoom(guest.ipHash(), loop.nanos()) && capacity.hasFreePlace();
  }

  void resumed(Guest guest, GuestSocket socket) {
    capacity.take();
    guest.returned(socket, loop.nanos());
  }

  /** The first one that waits, if there is a place for it now. */
  Optional<Guest> next() {
    return capacity.next();
  }

  ConnectionsByAddress connections() {
    return connections;
  }

  CapacityStatus capacity() {
    return capacity.status();
  }

  ReconnectionStatus reconnection(String ipHash) {
    return backoff.status(ipHash);
  }

  void forget() {
    backoff.forget();
  }

  /** Addresses that are remembered for their reconnections. */
  int remembered() {
    return backoff.size();
  }

  private static Optional<ErrorEvent> refusal(FaultCode code, Optional<Duration> wait) {
    return Optional.of(new ErrorEvent(code, code.text(), wait.map(left -> Math.ceilDiv(left.toNanos(), SECOND))));
  }
}
