package dev.roost.mesh;

import dev.roost.core.Audience;
import dev.roost.core.ByteBudget;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Sends {@code client-list-update} to everybody. A list is as long as the organisation is large and goes to as many, so what a crowd costs that comes at once would grow with
 * its cube: beyond a budget, lists wait for each other, up to a second. Up to some fifty devices nobody notices. On the organisation's loop.
 */
final class ListUpdates {
  /** At the end: a location of a device that is on the list no more must not come behind it. */
  private static final Delivery LIST = Delivery.latestAtEnd("client-list-update");
  private static final long BYTES_PER_SECOND = 16 << 20;
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Loop loop;
  private final Audience audience;
  private final Supplier<Frame> list;
  private final int longestAhead;
  private final ByteBudget budget;
  private boolean isWaiting;

  /**
   * @param list the list as it is when it is asked for
   * @param longestAhead see {@link #sendAhead}
   */
  ListUpdates(Loop loop, Audience audience, Supplier<Frame> list, int longestAhead) {
    this.loop = loop;
    this.audience = audience;
    this.list = list;
    this.longestAhead = longestAhead;
    budget = new ByteBudget(BYTES_PER_SECOND, 2 * BYTES_PER_SECOND, loop.nanos());
  }

  /** The list has changed: everybody gets it, at the latest in a second. Of several that wait for a slow device it gets the newest. */
  void send() {
    if (isWaiting || audience.isEmpty()) {
      return;
    }
    Frame frame = list.get();
    if (isAffordable(frame)) {
      audience.send(frame, LIST);
    } else {
      isWaiting = true;
      loop.after(WAIT, this::sendWaiting);
    }
  }

  /**
   * Sends the list so that it comes before what is sent next, whatever waits for a device. Does nothing if that is too much: beyond the budget, or if two such lists would not fit into a queue beside
   * other things.
   */
  void sendAhead() {
    if (audience.isEmpty()) {
      return;
    }
    Frame frame = list.get();
    if (frame.length() <= longestAhead && isAffordable(frame)) {
      audience.send(frame, Delivery.RELIABLE);
    }
  }

  private boolean isAffordable(Frame frame) {
    return budget.take((long) frame.length() * audience.size(), loop.nanos());
  }

  private void sendWaiting() {
    isWaiting = false;
    audience.send(list.get(), LIST);
  }
}
