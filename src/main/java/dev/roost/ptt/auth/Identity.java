package dev.roost.ptt.auth;

import java.util.Optional;
import java.util.Set;

/**
 * Who a connection is, for as long as it lives.
 *
 * @param userId 1-128 characters, no control characters
 * @param channelIds groups that it is a member of while it lives; at most 1,000, each 1-128 characters without control characters
 */
public record Identity(String userId, Role role, Set<String> channelIds) {

  public Identity {
    channelIds = Set.copyOf(channelIds);
  }

  /** What presence makes of a connection. */
  public enum Role {
    /** Tracked, sends heartbeats. */
    MOBILE,
    /** Never tracked; gets the snapshot and the updates. */
    WATCHER;

    /** The role of a claim, a header or a query; every word but two, and none, is a mobile. */
    static Role of(Optional<String> word) {
      return word.filter(role -> role.equals("web") || role.equals("dashboard")).isPresent() ? WATCHER : MOBILE;
    }
  }
}
