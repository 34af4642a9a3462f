package dev.roost.ptt;

import java.util.Optional;

/**
 * A user came online or went offline.
 *
 * @param timestamp ms since 1970, of the change
 * @param lastSeen ms since 1970; the timestamp where the publisher did not say
 * @param role what the publisher said, if anything
 * @param receivedNanos when this server heard of it, by the clock of its loops
 */
record Update(String userId, boolean isOnline, long timestamp, long lastSeen, Optional<String> deviceId, Optional<String> role, long receivedNanos) {

  Status status() {
    return new Status(userId, isOnline, lastSeen, deviceId);
  }
}
