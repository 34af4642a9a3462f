package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.PublicRoomsSettings.Delays;
import java.time.Duration;
import java.util.Optional;

/**
 * Slows down addresses that connect again and again (section 2.7). A connection is serial if a socket of the same address was disconnected not long ago; only serial ones are delayed, so
 * that a second tab is none of it. On the rooms' loop.
 */
final class Backoff {
  private final Loop loop;
  private final Delays delays;
  private final ByAddress<Record> records;

  Backoff(Loop loop, Delays delays) {
    this.loop = loop;
    this.delays = delays;
    records = new ByAddress<>(Record::new);
  }

  /** A connection wants in: empty if it may, otherwise how long it has to wait; then nothing has changed. */
  Optional<Duration> attempt(String ipHash) {
    return records.of(ipHash, loop.nanos()).attempt(loop.nanos());
  }

  /** A socket has gone that {@link #attempt} had let in. */
  void disconnected(String ipHash) {
    records.of(ipHash, loop.nanos()).disconnected(loop.nanos());
  }

  ReconnectionStatus status(String ipHash) {
    return records.find(ipHash).filter(record -> !record.isOver(loop.nanos())).map(record -> record.status(loop)).orElse(ReconnectionStatus.NONE);
  }

  void forget() {
    records.forget(loop.nanos());
  }

  int size() {
    return records.size();
  }

  private final class Record implements ByAddress.Passing {
    private int count;
    /** Of the last one that was let in; counts if {@link #count} is not 0. */
    private long attemptedAt;
    private boolean anyDelay;
    private long delayedUntil;
    private boolean anyDisconnect;
    private long disconnectedAt;

    Optional<Duration> attempt(long nanos) {
      boolean serial = anyDisconnect && isRecent(disconnectedAt, nanos);
      if (serial && isDelayed(nanos)) {
        return Optional.of(Duration.ofNanos(delayedUntil - nanos));
      }
      if (count == 0 || !isRecent(attemptedAt, nanos)) {
        count = 1;
        anyDelay = false;
      } else if (serial) {
        count++;
      }
      attemptedAt = nanos;
      if (serial && count >= delays.threshold()) {
        anyDelay = true;
        delayedUntil = nanos + delay();
      }
      return Optional.empty();
    }

    void disconnected(long nanos) {
      anyDisconnect = true;
      disconnectedAt = nanos;
    }

    /** The first one at the threshold, and twice as long each time. */
    private long delay() {
      int doublings = Math.min(count - delays.threshold(), 40);
      long most = delays.max().toNanos();
      long initial = delays.initial().toNanos();
      return initial > most >> doublings ? most : initial << doublings;
    }

    ReconnectionStatus status(Loop loop) {
      long nanos = loop.nanos();
      return new ReconnectionStatus(count, count == 0 ? Optional.empty() : Optional.of(loop.now().minusNanos(nanos - attemptedAt)),
          isDelayed(nanos) ? Optional.of(loop.now().plusNanos(delayedUntil - nanos)) : Optional.empty());
    }

    @Override
    public boolean isOver(long nanos) {
      return !isDelayed(nanos) && (count == 0 || !isRecent(attemptedAt, nanos)) && (!anyDisconnect || !isRecent(disconnectedAt, nanos));
    }

    private boolean isDelayed(long nanos) {
      return anyDelay && nanos - delayedUntil < 0;
    }

    private boolean isRecent(long then, long nanos) {
      return nanos - then < delays.window().toNanos();
    }
  }
}
