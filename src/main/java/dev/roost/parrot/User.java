package dev.roost.parrot;

import dev.roost.core.Connection;
import dev.roost.parrot.ParrotMessages.UserStats;
import java.time.Instant;
import java.util.Optional;

/** One user connection and what the server knows of it (contract, section 2.1). Lives on the session's loop. Times in nanoseconds are the loop's. */
final class User {
  final String id;
  /** Counts accepted users: a higher one connected later. */
  final long seq;
  final Connection connection;
  final Instant connectedAt;
  final String ip;

  Optional<String> username = Optional.empty();
  Optional<String> deviceId = Optional.empty();
  boolean handshaken;
  boolean receivesData;
  long dataCount;
  Optional<Instant> lastData = Optional.empty();
  /** Valid while {@link #lastData} is present. */
  long lastDataNanos;
  /** Set each time the user loses the role to the inactivity rule, cleared by its next data. */
  Optional<Long> timedOutNanos = Optional.empty();

  User(String id, long seq, Connection connection, Instant connectedAt, String ip) {
    this.id = id;
    this.seq = seq;
    this.connection = connection;
    this.connectedAt = connectedAt;
    this.ip = ip;
  }

  /** What others read: the name if there is one, else the id. */
  String displayName() {
    return username.orElse(id);
  }

  UserStats stats(boolean isActiveSender) {
    return new UserStats(id, connectedAt, dataCount, lastData, username, isActiveSender, deviceId, ip);
  }
}
