package dev.roost.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * An open SQLite file. In a write-ahead log with full synchronisation a transaction that has returned outlives a power failure. One thread writes at a time; reading is a connection of
 * its own each time, from any thread.
 */
final class SqliteFile implements AutoCloseable {
  /** How long SQLite itself waits for a foreign tool that holds the file; less than a close may take. */
  private static final int BUSY_TIMEOUT_MS = 500;
  /** What stays of the log after a big burst. */
  private static final int LOG_LIMIT_BYTES = 16 << 20;

  private final StoreFile file;
  private final SqliteOptions options;
  private final Connection writer;

  private SqliteFile(StoreFile file, SqliteOptions options, Connection writer) {
    this.file = file;
    this.options = options;
    this.writer = writer;
  }

  /**
   * Opens a file, makes it if it is not there, and brings it to the newest schema.
   *
   * @throws StoreException if it cannot be opened; it is then as it was, or where a migration failed, of the version before that
   */
  static SqliteFile open(Path setting, SqliteOptions options) {
    StoreFile file = StoreFile.lock(setting, options.migrations().size());
    try {
      NativeLibrary.load(file.path().getParent());
      file.check(options.migrations().size());
      if (file.exists()) {
        check(file, options);
      } else {
        create(file, options);
      }
      return open(file, options);
    } catch (SQLException e) {
      file.close();
      throw file.refusal(explain(e), e);
    } catch (IOException e) {
      file.close();
      throw file.refusal("writing failed (" + e.getMessage() + ")", e);
    } catch (StoreException e) {
      file.close();
      throw e;
    }
  }

  /** Reads everything once and changes nothing, also where a log is left over. */
  private static void check(StoreFile file, SqliteOptions options) throws SQLException {
    // Without a log left over nothing else can be needed; said so, SQLite makes no empty one beside a file that may not be ours.
    try (Connection reader = connect(file.path(), true, file.hasLog() ? "" : "?immutable=1")) {
      file.checkApplication(number(reader, "PRAGMA application_id"));
      file.checkVersion(number(reader, "PRAGMA user_version"), options.migrations().size());
      String found = text(reader, "PRAGMA quick_check(1)");
      if (!found.equals("ok")) {
        throw file.refusal(damaged(found));
      }
    }
  }

  /** Made beside and moved into place when finished, so that there is never a half-made file under its name. */
  private static void create(StoreFile file, SqliteOptions options) throws SQLException, IOException {
    Path made = file.path().resolveSibling(file.path().getFileName() + ".new");
    Files.deleteIfExists(made);
    StoreFile.makePrivate(made);
    try (Connection connection = connect(made, false)) {
      execute(connection, "PRAGMA application_id = " + StoreFile.APPLICATION_ID);
      migrate(connection, options.migrations());
      execute(connection, "PRAGMA journal_mode = WAL");
    }
    file.replaceBy(made);
  }

  private static SqliteFile open(StoreFile file, SqliteOptions options) throws SQLException, IOException {
    Connection writer = connect(file.path(), false);
    try {
      if (number(writer, "PRAGMA user_version") < options.migrations().size()) {
        backUp(file, writer);
        migrate(writer, options.migrations());
      }
      execute(writer, "PRAGMA journal_mode = WAL");
      execute(writer, "PRAGMA journal_size_limit = " + LOG_LIMIT_BYTES);
      return new SqliteFile(file, options, writer);
    } catch (SQLException | IOException e) {
      writer.close();
      throw e;
    }
  }

  /** A copy of the file as the older version left it, which that version can open. */
  private static void backUp(StoreFile file, Connection connection) throws SQLException, IOException {
    Path copy = file.path().resolveSibling(file.path().getFileName() + ".bak-v" + number(connection, "PRAGMA user_version"));
    Path made = copy.resolveSibling(copy.getFileName() + ".new");
    Files.deleteIfExists(made);
    StoreFile.makePrivate(made);
    try (PreparedStatement statement = connection.prepareStatement("VACUUM INTO ?")) {
      statement.setString(1, made.toString());
      statement.execute();
    }
    Files.move(made, copy, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void migrate(Connection connection, List<Migration> migrations) throws SQLException {
    for (int version = number(connection, "PRAGMA user_version"); version < migrations.size(); version++) {
      execute(connection, "BEGIN IMMEDIATE");
      try {
        for (String statement : migrations.get(version).statements()) {
          execute(connection, statement);
        }
        execute(connection, "PRAGMA user_version = " + (version + 1));
        execute(connection, "COMMIT");
      } catch (SQLException e) {
        rollBack(connection);
        throw e;
      }
    }
  }

  /** Writes changes in one transaction: after it returns they are on the disk, after it throws none is, or it is not known. To be repeated without harm. */
  void commit(Collection<Change> changes) throws SQLException {
    execute(writer, "BEGIN IMMEDIATE");
    try {
      options.intruder().run(writer);
      write(changes);
      execute(writer, "COMMIT");
    } catch (SQLException e) {
      rollBack(writer);
      throw e;
    }
  }

  /** With statements of its own each time: the driver closes one that has failed, as on a full disk, for good. */
  private void write(Collection<Change> changes) throws SQLException {
    try (PreparedStatement put = writer.prepareStatement("INSERT INTO document VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
        PreparedStatement delete = writer.prepareStatement("DELETE FROM document WHERE collection = ? AND key = ?")) {
      for (Change change : changes) {
        PreparedStatement statement = change instanceof Change.Put ? put : delete;
        statement.setString(1, change.collection());
        statement.setString(2, change.key());
        if (change instanceof Change.Put document) {
          statement.setBytes(3, document.value());
        }
        statement.executeUpdate();
      }
    }
  }

  SortedMap<String, byte[]> load(String collection) throws SQLException {
    SortedMap<String, byte[]> documents = new TreeMap<>(KeyOrder.INSTANCE);
    try (Connection reader = connect(file.path(), true); PreparedStatement query = reader.prepareStatement("SELECT key, value FROM document WHERE collection = ?")) {
      query.setString(1, collection);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          documents.put(rows.getString(1), rows.getBytes(2));
        }
      }
    }
    return documents;
  }

  /** Whether trying again can help: not when the file itself is broken. */
  static boolean isDamage(SQLException e) {
    return e instanceof SQLiteException failure
        && (primary(failure) == SQLiteErrorCode.SQLITE_CORRUPT.code || primary(failure) == SQLiteErrorCode.SQLITE_NOTADB.code);
  }

  private static int primary(SQLiteException e) {
    return e.getResultCode().code & 0xff;
  }

  private static String explain(SQLException e) {
    if (isDamage(e)) {
      return damaged(e.getMessage());
    }
    return "SQLite says \"" + e.getMessage() + "\"; see that the disk has space, and that the file and its folder belong to the user of the server";
  }

  private static String damaged(String what) {
    return "it is damaged (" + what.replace('\n', ' ') + "); it was not changed: restore a backup, or move it away with its -wal to start anew";
  }

  private static Connection connect(Path path, boolean readOnly) throws SQLException {
    return connect(path, readOnly, "");
  }

  private static Connection connect(Path path, boolean readOnly, String query) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(readOnly);
    config.setBusyTimeout(BUSY_TIMEOUT_MS);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    // As a URI, where a question mark in a file name is none of a parameter.
    return config.createConnection(JDBC.PREFIX + path.toUri() + query);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void rollBack(Connection connection) {
    try {
      execute(connection, "ROLLBACK");
    } catch (SQLException e) {
      // SQLite has rolled back by itself.
    }
  }

  private static int number(Connection connection, String query) throws SQLException {
    return Integer.parseInt(text(connection, query));
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  /** Brings the log into the file, and releases the lock. */
  @Override
  public void close() throws SQLException {
    try {
      // Closing the last connection does it and removes the log.
      writer.close();
    } finally {
      file.close();
    }
  }
}
