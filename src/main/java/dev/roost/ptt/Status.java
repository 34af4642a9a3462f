package dev.roost.ptt;

import java.util.Optional;

/**
 * What is known of a user.
 *
 * @param lastSeen ms since 1970; 0 if the user was never seen
 * @param deviceId of the last login
 */
record Status(String userId, boolean isOnline, long lastSeen, Optional<String> deviceId) {

  static Status unknown(String userId) {
    return new Status(userId, false, 0, Optional.empty());
  }
}
