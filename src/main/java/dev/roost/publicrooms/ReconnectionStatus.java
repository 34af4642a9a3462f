package dev.roost.publicrooms;

import java.time.Instant;
import java.util.Optional;

/**
 * The backoff of one address (section 3.6).
 *
 * @param count connections one after the other
 * @param lastAttempt the last one that was admitted
 * @param backoffUntil when the next one may come; empty if that is now
 */
public record ReconnectionStatus(int count, Optional<Instant> lastAttempt, Optional<Instant> backoffUntil) {
  static final ReconnectionStatus NONE = new ReconnectionStatus(0, Optional.empty(), Optional.empty());
}
