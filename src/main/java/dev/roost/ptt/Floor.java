package dev.roost.ptt;

import java.time.Duration;

/**
 * Who speaks in a group (section 2.4 of the contract). What other servers decide is kept here, too, as far as it is heard of, so that audio needs no answer from anybody.
 *
 * <p>Grants of the {@link FloorArbiter} have an order: word of an older one than the newest that was heard of changes nothing, however late it comes. Grants that a server has made by itself have none ({@link #UNORDERED}): there the clock
 * decides, as far as it can. An order is forgotten when a late word of it is out of question, so that a clock that was
 * set back does no harm for long.
 */
final class Floor {
  static final long UNORDERED = 0;

  private final Duration maxIdle;
  private final Duration busyTimeout;
  private String holder;
  private String connection;
  private long order;
  private long sinceNanos;
  private long lastAudioNanos;
  /** Of all grants that were heard of, over or not, and when. */
  private long newest;
  private long newestNanos;

  /**
   * @param maxIdle a holder silent for so long may be interrupted
   * @param busyTimeout nobody holds it for longer
   */
  Floor(Duration maxIdle, Duration busyTimeout) {
    this.maxIdle = maxIdle;
    this.busyTimeout = busyTimeout;
  }

  boolean isFree(long nanos) {
    return holder == null || nanos - sinceNanos > busyTimeout.toNanos();
  }

  /** Whether it was held for so long that it is free by that alone. */
  boolean isExpired(long nanos) {
    return holder != null && isFree(nanos);
  }

  boolean isHeldBy(String userId, long nanos) {
    return !isFree(nanos) && holder.equals(userId);
  }

  /** Whether it was acquired by this connection, and not given to another since. */
  boolean isOf(Client client) {
    return client.token().equals(connection);
  }

  /** The connection that acquired it; empty text if that is one of another server. */
  String connection() {
    return connection;
  }

  /** Of the grant by which it is held; {@link #UNORDERED} also if it is free. */
  long order() {
    return order;
  }

  // ---- What happens here

  boolean mayTake(String userId, long nanos) {
    return isFree(nanos) || holder.equals(userId) || nanos - lastAudioNanos >= maxIdle.toNanos();
  }

  /** Whether a newer grant than this one was heard of. */
  boolean isOutdated(long grant, long nanos) {
    return grant < newest(nanos);
  }

  void take(String userId, String byConnection, long grant, long nanos) {
    holder = userId;
    connection = byConnection;
    order = grant;
    sinceNanos = nanos;
    lastAudioNanos = nanos;
    heardOf(grant, nanos);
  }

  void spoke(long nanos) {
    lastAudioNanos = nanos;
  }

  void free() {
    holder = null;
    connection = null;
    order = UNORDERED;
  }

  // ---- What the arbiter and other servers say

  /** A grant that nobody uses: it is over already. */
  void isOver(long grant, long nanos) {
    heardOf(grant, nanos);
  }

  /**
   * A user asked for the floor and did not get it: it does not hold it any more, if it did when it asked.
   *
   * @param asked the order of the floor at that time
   */
  void busy(String userId, long asked, FloorArbiter.Busy by, long nanos) {
    if (by.order() > newest(nanos)) {
      take(by.holder(), "", by.order(), nanos);
    } else if (isHeldBy(userId, nanos) && order == asked) {
      free();
    }
  }

  /**
   * A user of another server speaks, or has spoken: word of it may have been long on its way. Of grants without an order nobody there can have got the floor while somebody here speaks, so then it is old.
   *
   * @return whether that user holds it since now
   */
  boolean takenElsewhere(String userId, long grant, long nanos) {
    if (grant == UNORDERED) {
      if (isSpokenHere(nanos)) {
        return false;
      }
      if (isHeldBy(userId, nanos)) {
        lastAudioNanos = nanos;
        return false;
      }
    } else if (grant <= newest(nanos)) {
      if (grant == order) {
        lastAudioNanos = nanos;
      }
      return false;
    }
    take(userId, "", grant, nanos);
    return true;
  }

  /** A user of another server has stopped. With that all older grants are over, too. */
  void stoppedElsewhere(String userId, long grant, long nanos) {
    boolean isOver = grant != UNORDERED && order != UNORDERED ? order <= grant : isHeldBy(userId, nanos) && connection.isEmpty();
    if (isOver) {
      free();
    }
    heardOf(grant, nanos);
  }

  private boolean isSpokenHere(long nanos) {
    return !isFree(nanos) && !connection.isEmpty() && nanos - lastAudioNanos < maxIdle.toNanos();
  }

  private long newest(long nanos) {
    return nanos - newestNanos > 2 * busyTimeout.toNanos() ? UNORDERED : newest;
  }

  private void heardOf(long grant, long nanos) {
    if (grant != UNORDERED && grant >= newest(nanos)) {
      newest = grant;
      newestNanos = nanos;
    }
  }
}
