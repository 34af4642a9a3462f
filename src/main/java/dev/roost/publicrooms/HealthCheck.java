package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.Loop.Cancellable;
import dev.roost.publicrooms.PublicRoomsMessages.Ping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Finds out whether anybody is still there (section 2.5), by ticks one interval apart from the moment of the connection on. At a tick without an event since the one before, the client is
 * asked; a question without anything from the client for some time is missed, and so many missed in a row are the end. On the rooms' loop.
 */
final class HealthCheck {
  private final Loop loop;
  private final long intervalNanos;
  private final Duration timeout;
  private final int maxMissed;
  private final RoomsFigures figures;
  /** Ends of the time to answer, those of questions that are still open; the oldest first. Most of the time, for most sockets, there are none. */
  private List<Cancellable> deadlines = List.of();
  private Consumer<Ping> ask = ping -> {};
  private Runnable onDead = () -> {};
  private Cancellable tick = Cancellable.NONE;
  private long dueNanos;
  private boolean active;
  /** Events of any kind so far. */
  private long heard;
  private int missed;
  private boolean isPongDue;
  private long askedNanos;

  HealthCheck(Loop loop, PublicRoomsSettings settings, RoomsFigures figures) {
    this.loop = loop;
    intervalNanos = settings.pingInterval().toNanos();
    timeout = settings.pongTimeout();
    maxMissed = settings.maxMissedPings();
    this.figures = figures;
  }

  /**
   * @param connectedNanos from when on the ticks count; may be a while ago
   * @param ask how the client is asked
   * @param onDead what to do when it does not answer any more
   */
  void start(long connectedNanos, Consumer<Ping> ask, Runnable onDead) {
    this.ask = ask;
    this.onDead = onDead;
    dueNanos = connectedNanos;
    arm();
  }

  /** Something came from the client. */
  void heard(boolean isPong) {
    heard++;
    missed = 0;
    if (!isPong) {
      active = true;
    } else if (isPongDue) {
      isPongDue = false;
      figures.answered(loop.nanos() - askedNanos);
    }
  }

  /** Nothing is asked any more, and nothing missed. */
  void stop() {
    tick.cancel();
    deadlines.forEach(Cancellable::cancel);
    deadlines = List.of();
    missed = 0;
    isPongDue = false;
    active = false;
  }

  /** Ticks that were missed altogether are not made up for. */
  private void arm() {
    long now = loop.nanos();
    dueNanos += intervalNanos;
    if (dueNanos - now <= 0) {
      dueNanos = now + intervalNanos - (now - dueNanos) % intervalNanos;
    }
    tick = loop.after(Duration.ofNanos(dueNanos - now), this::tick);
  }

  private void tick() {
    arm();
    if (active) {
      active = false;
      return;
    }
    figures.pings++;
    isPongDue = true;
    askedNanos = loop.nanos();
    ask.accept(new Ping());
    long heardBefore = heard;
    if (deadlines.isEmpty()) {
      deadlines = new ArrayList<>(1);
    }
    deadlines.add(loop.after(timeout, () -> judge(heardBefore)));
  }

  private void judge(long heardBefore) {
    deadlines.removeFirst();
    if (deadlines.isEmpty()) {
      deadlines = List.of();
    }
    if (heard != heardBefore) {
      return;
    }
    missed++;
    figures.missedPings++;
    if (missed >= maxMissed) {
      onDead.run();
    }
  }
}
