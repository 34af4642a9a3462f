package dev.roost.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes a file as an older version would have left it. */
final class SqliteFileOf {

  private SqliteFileOf() {}

  static void version(Path file, Migration... migrations) {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file); Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA application_id = " + StoreFile.APPLICATION_ID);
      statement.execute("PRAGMA journal_mode = WAL");
      for (Migration migration : migrations) {
        for (String sql : migration.statements()) {
          statement.execute(sql);
        }
      }
      statement.execute("PRAGMA user_version = " + migrations.length);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
