package dev.roost.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * How a {@link SqliteStore} works; only tests use other than the defaults.
 *
 * @param window how long the first step of a transaction waits for others
 * @param retryPause time between two attempts to write while the disk fails
 * @param maxPendingBytes memory for what cannot be written; beyond it the store gives up
 * @param migrations number n of the list leads from version n to version n + 1
 * @param intruder is called at the beginning of each transaction
 */
record SqliteOptions(Duration window, Duration retryPause, long maxPendingBytes, List<Migration> migrations, Intruder intruder) {
  private static final Duration WINDOW = Duration.ofMillis(10);
  private static final Duration RETRY_PAUSE = Duration.ofMillis(250);
  private static final long MAX_PENDING_BYTES = 256L << 20;

  /** A quarter of a small heap, so that a full disk does not end the process for want of memory. */
  static SqliteOptions defaults() {
    return new SqliteOptions(WINDOW, RETRY_PAUSE, Math.min(MAX_PENDING_BYTES, Runtime.getRuntime().maxMemory() / 4), Migration.ALL, connection -> {});
  }

  SqliteOptions withMaxPendingBytes(long bytes) {
    return new SqliteOptions(window, retryPause, bytes, migrations, intruder);
  }

  SqliteOptions withRetryPause(Duration pause) {
    return new SqliteOptions(window, pause, maxPendingBytes, migrations, intruder);
  }

  SqliteOptions withMigrations(List<Migration> list) {
    return new SqliteOptions(window, retryPause, maxPendingBytes, list, intruder);
  }

  SqliteOptions withIntruder(Intruder hook) {
    return new SqliteOptions(window, retryPause, maxPendingBytes, migrations, hook);
  }

  /** Lets a test get at the connection, to fill the disk or to fail. */
  interface Intruder {
    void run(Connection connection) throws SQLException;
  }
}
