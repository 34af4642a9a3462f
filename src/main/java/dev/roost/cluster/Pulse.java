package dev.roost.cluster;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;

/** Notices a connection that is open and dead: the other machine has lost its power, or a firewall forgot the connection. */
final class Pulse {
  private static final int MOST_FAILURES = 3;
  private static final RedisCommand<Void> PING = RedisCommand.ofServer("PING", _ -> null);

  private final StatefulConnection<byte[], byte[]> connection;
  private volatile int failures;

  Pulse(StatefulConnection<byte[], byte[]> connection) {
    this.connection = connection;
  }

  /** Asks; false after several questions without an answer. To be called once a second. */
  boolean isAlive() {
    AsyncCommand<byte[], byte[], Object> ping = Wire.encode(PING, false);
    ping.whenComplete((_, failure) -> {
      // Any answer is a sign of life, also that a script keeps the server busy.
      boolean isAnswered = failure == null || failure instanceof RedisCommandExecutionException;
      failures = isAnswered ? 0 : Math.min(failures + 1, MOST_FAILURES);
    });
    connection.dispatch(ping);
    return failures < MOST_FAILURES;
  }
}
