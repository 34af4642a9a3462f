package dev.roost.ptt;

import java.time.Duration;

/**
 * Who speaks in a group (section 2.4 of the contract). What other servers decide is kept here, too, as far as it is heard of, so that audio needs no answer from anybody.
 */
final class Floor {
  private final Duration maxIdle;
  private final Duration busyTimeout;
  private String holder;
  private String connection;
  private long sinceNanos;
  private long lastAudioNanos;

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

  boolean mayTake(String userId, long nanos) {
    return isFree(nanos) || holder.equals(userId) || nanos - lastAudioNanos >= maxIdle.toNanos();
  }

  void take(String userId, String byConnection, long nanos) {
    holder = userId;
    connection = byConnection;
    sinceNanos = nanos;
    lastAudioNanos = nanos;
  }

  /**
   * A user of another server speaks, or has spoken: word of it may have been long on its way. Nobody there can have got the floor while somebody here speaks, so then it is old.
   */
  void takenElsewhere(String userId, long nanos) {
    boolean isSpokenHere = !isFree(nanos) && !connection.isEmpty() && nanos - lastAudioNanos < maxIdle.toNanos();
    if (isSpokenHere) {
      return;
    }
    if (!isHeldBy(userId, nanos)) {
      take(userId, "", nanos);
    }
    lastAudioNanos = nanos;
  }

  void spoke(long nanos) {
    lastAudioNanos = nanos;
  }

  void free() {
    holder = null;
    connection = null;
  }
}
