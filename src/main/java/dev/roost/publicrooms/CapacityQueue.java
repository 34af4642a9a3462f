package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.Loop.Cancellable;
import dev.roost.publicrooms.PublicRoomsMessages.SystemCapacityQueue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The places in the system, and who waits for one (section 2.8): first come, first served, each told its position whenever it changes. Nobody overtakes who waits. On the rooms' loop.
 */
final class CapacityQueue {

  private final Loop loop;
  private final int max;
  private final int maxWaiting;
  private final Duration timeout;
  private final Consumer<Guest> onTimeout;
  /** Those that wait, and the ends of their waiting. */
  private final Map<Guest, Cancellable> waiting = new LinkedHashMap<>();
  private int active;

  /** @param onTimeout hears of who waited too long, and has to {@link #leave} then */
  CapacityQueue(Loop loop, PublicRoomsSettings settings, Consumer<Guest> onTimeout) {
    this.loop = loop;
    max = settings.maxConcurrent();
    maxWaiting = settings.maxQueue();
    timeout = settings.queueTimeout();
    this.onTimeout = onTimeout;
  }

  /** Takes a place if there is one, else waits if there is room for that, and tells the guest; its state says which. */
  boolean enter(Guest guest) {
    if (hasFreePlace()) {
      active++;
      guest.state(Guest.State.ADMITTED);
      return true;
    }
    if (waiting.size() >= maxWaiting) {
      return false;
    }
    guest.state(Guest.State.WAITING);
    waiting.put(guest, loop.after(timeout, () -> onTimeout.accept(guest)));
    tell(guest, waiting.size());
    return true;
  }

  /** Whether somebody who comes now gets a place at once. */
  boolean hasFreePlace() {
    return active < max && waiting.isEmpty();
  }

  /** Takes a place, which there must be, for somebody who had one before. */
  void take() {
    active++;
  }

  /** Gives a place back. */
  void free() {
    active--;
  }

  /** Stops waiting. */
  void leave(Guest guest) {
    Cancellable timer = waiting.remove(guest);
    if (timer != null) {
      timer.cancel();
      tellPositions();
    }
  }

  /** Gives the first one that waits a place, if there is one. */
  Optional<Guest> next() {
    if (active >= max || waiting.isEmpty()) {
      return Optional.empty();
    }
    Guest head = waiting.keySet().iterator().next();
    leave(head);
    active++;
    head.state(Guest.State.ADMITTED);
    return Optional.of(head);
  }

  CapacityStatus status() {
    return new CapacityStatus(active, max, waiting.size(), Math.max(0, max - active));
  }

  private void tellPositions() {
    int position = 0;
    for (Guest guest : waiting.keySet()) {
      position++;
      if (guest.position() != position) {
        tell(guest, position);
      }
    }
  }

  private static void tell(Guest guest, int position) {
    guest.position(position);
    guest.send(new SystemCapacityQueue("All places are taken; you are number " + position + " of those who wait", position));
  }
}
