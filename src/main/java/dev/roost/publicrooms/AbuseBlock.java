package dev.roost.publicrooms;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Keeps addresses out of the rooms for a while that were refused too often (section 2.9). What happens during a block is not counted, so that it ends by itself. On the rooms' loop.
 */
final class AbuseBlock {
  private final Loop loop;
  private final int threshold;
  private final Duration window;
  private final RoomsFigures figures;
  private final ByAddress<Record> records;

  AbuseBlock(Loop loop, PublicRoomsSettings settings, RoomsFigures figures) {
    this.loop = loop;
    threshold = settings.blockThreshold();
    window = settings.blockWindow();
    this.figures = figures;
    records = new ByAddress<>(Record::new);
  }

  /** One suspicious activity. */
  void suspect(String ipHash) {
    if (records.of(ipHash, loop.nanos()).suspect(loop.nanos())) {
      figures.blocks++;
    }
  }

  /** How long an address is still blocked; empty if it is not. */
  Optional<Duration> remaining(String ipHash) {
    return records.find(ipHash).flatMap(record -> record.remaining(loop.nanos()));
  }

  void forget() {
    records.forget(loop.nanos());
  }

  int size() {
    return records.size();
  }

  /** What one address did within the window. */
  private final class Record implements ByAddress.Passing {
    private final ArrayDeque<Long> activities = new ArrayDeque<>(2);
    private boolean blocked;
    private long blockedUntil;

    /** Whether this one was too many. */
    boolean suspect(long nanos) {
      if (isBlocked(nanos)) {
        return false;
      }
      dropOld(nanos);
      activities.add(nanos);
      if (activities.size() <= threshold) {
        return false;
      }
      activities.clear();
      blocked = true;
      blockedUntil = nanos + window.toNanos();
      return true;
    }

    Optional<Duration> remaining(long nanos) {
      return isBlocked(nanos) ? Optional.of(Duration.ofNanos(blockedUntil - nanos)) : Optional.empty();
    }

    @Override
    public boolean isOver(long nanos) {
      dropOld(nanos);
      return activities.isEmpty() && !isBlocked(nanos);
    }

    private boolean isBlocked(long nanos) {
      return blocked && nanos - blockedUntil < 0;
    }

    private void dropOld(long nanos) {
      while (!activities.isEmpty() && nanos - activities.peek() >= window.toNanos()) {
        activities.poll();
      }
    }
  }
}
