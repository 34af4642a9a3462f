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
  static final Delivery LIST = Delivery.latest("client-list-update");
  private static final long BYTES_PER_SECOND = 16 << 20;
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Loop loop;
  private final Audience audience;
  private final Supplier<Frame> list;
  private final ByteBudget budget;
  private Loop.Cancellable waiting = Loop.Cancellable.NONE;
  private boolean isWaiting;

  /** @param list the list as it is when it is asked for */
  ListUpdates(Loop loop, Audience audience, Supplier<Frame> list) {
    this.loop = loop;
    this.audience = audience;
    this.list = list;
    budget = new ByteBudget(BYTES_PER_SECOND, 2 * BYTES_PER_SECOND, loop.nanos());
  }

  /** The list has changed: everybody gets it, at the latest in a second. */
  void send() {
    if (isWaiting || audience.isEmpty()) {
      return;
    }
    Frame frame = list.get();
    if (budget.take((long) frame.length() * audience.size(), loop.nanos())) {
      audience.send(frame, LIST);
    } else {
      isWaiting = true;
      waiting = loop.after(WAIT, () -> sendNow(LIST));
    }
  }

  /** Everybody gets the list now; for changes that cannot wait. {@code RELIABLE} where what is sent next must not overtake it. */
  void sendNow(Delivery delivery) {
    waiting.cancel();
    isWaiting = false;
    audience.send(list.get(), delivery);
  }
}
