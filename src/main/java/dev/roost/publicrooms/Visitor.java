package dev.roost.publicrooms;

import java.time.Instant;
import java.util.Optional;

/** An anonymous user: at most one for each address (section 2.1). On the rooms' loop. */
final class Visitor {
  private final String id;
  private final String ipHash;
  private final Instant createdAt;
  private String displayName;
  private Instant lastActiveAt;
  private long lastActiveNanos;
  private long journaledNanos;
  private Optional<Seat> seat = Optional.empty();

  Visitor(String id, String ipHash, String displayName, Instant createdAt, Instant lastActiveAt) {
    this.id = id;
    this.ipHash = ipHash;
    this.displayName = displayName;
    this.createdAt = createdAt;
    this.lastActiveAt = lastActiveAt;
  }

  /** A UUID. */
  String id() {
    return id;
  }

  /** Never leaves the process but for the store. */
  String ipHash() {
    return ipHash;
  }

  /** Escaped: fit for a page. */
  String displayName() {
    return displayName;
  }

  Instant createdAt() {
    return createdAt;
  }

  Instant lastActiveAt() {
    return lastActiveAt;
  }

  /** The one membership that a user has at most. */
  Optional<Seat> seat() {
    return seat;
  }

  void seat(Optional<Seat> next) {
    seat = next;
  }

  void displayName(String next) {
    displayName = next;
  }

  /** The same moment by the clock that does not jump. */
  long lastActiveNanos() {
    return lastActiveNanos;
  }

  void active(Instant now, long nanos) {
    lastActiveAt = now;
    lastActiveNanos = nanos;
  }

  /** Its last activity, as stored before a restart, by the clock of now. */
  void wasActive(long nanos) {
    lastActiveNanos = nanos;
    journaledNanos = nanos;
  }

  /** When the journal was last told. */
  long journaledNanos() {
    return journaledNanos;
  }

  void journaled() {
    journaledNanos = lastActiveNanos;
  }
}
