package dev.roost.publicrooms;

import java.time.Instant;

/** An anonymous user: at most one for each address (section 2.1). On the rooms' loop. */
final class Visitor {
  private final String id;
  private final String ipHash;
  private final Instant createdAt;
  private String displayName;
  private Instant lastActiveAt;

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
}
