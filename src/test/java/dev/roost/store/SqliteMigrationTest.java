package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of an older version is led to the newest, forward, one transaction a step, and not without a copy of before. */
class SqliteMigrationTest {
  /** As it could have been before the first version: the key was split, and the value was text. */
  private static final Migration OLDEST = new Migration("CREATE TABLE room (name TEXT PRIMARY KEY, state TEXT)", "INSERT INTO room VALUES ('lobby', 'open'), ('attic', 'shut')");
  private static final Migration TO_DOCUMENTS = new Migration(Migration.ALL.getFirst().statements()[0],
      "INSERT INTO document SELECT 'rooms', name, CAST(state AS BLOB) FROM room", "DROP TABLE room");
  private static final Migration TO_UPPER_CASE = new Migration("UPDATE document SET key = upper(key)");
  private static final Migration BROKEN = new Migration("DELETE FROM document", "UPDATE nothing SET is = 'there'");

  @TempDir
  Path folder;

  @Test
  void anOldFileIsLedThroughEveryVersion() throws IOException {
    makeOldest();
    try (Store store = open(OLDEST, TO_DOCUMENTS, TO_UPPER_CASE)) {
      assertThat(StoreContract.documents(store, "rooms")).containsExactly("ATTIC=shut", "LOBBY=open");
    }
    assertThat(folder.resolve("roost.db.bak-v1")).isRegularFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("roost.db.bak-v1")))).isEqualTo("rw-------");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("roost.db", "roost.db.lock", "roost.db.bak-v1");
    }
  }

  @Test
  void theCopyIsWhatTheOlderVersionCanOpen() throws IOException {
    makeOldest();
    open(OLDEST, TO_DOCUMENTS).close();
    Files.copy(folder.resolve("roost.db.bak-v1"), folder.resolve("old.db"));
    try (Store store = SqliteStore.open(folder.resolve("old.db"), SqliteOptions.defaults().withMigrations(List.of(OLDEST, TO_DOCUMENTS)))) {
      assertThat(StoreContract.documents(store, "rooms")).containsExactly("attic=shut", "lobby=open");
    }
  }

  @Test
  void aMigrationThatFailsLeavesTheVersionBefore() {
    makeOldest();
    assertThatThrownBy(() -> open(OLDEST, TO_DOCUMENTS, BROKEN)).isInstanceOf(StoreException.class).hasMessageContaining("nothing");
    try (Store store = open(OLDEST, TO_DOCUMENTS)) {
      assertThat(StoreContract.documents(store, "rooms")).containsExactly("attic=shut", "lobby=open");
    }
  }

  @Test
  void thereIsNoWayBack() {
    makeOldest();
    open(OLDEST, TO_DOCUMENTS, TO_UPPER_CASE).close();
    assertThatThrownBy(() -> open(OLDEST, TO_DOCUMENTS)).isInstanceOf(StoreException.class).hasMessageContaining("schema 3, this one knows 2");
  }

  @Test
  void withoutAMigrationThereIsNoCopy() {
    IntStream.range(0, 3).forEach(i -> open(Migration.ALL.toArray(Migration[]::new)).close());
    assertThat(folder.resolve("roost.db.bak-v1")).doesNotExist();
  }

  private void makeOldest() {
    // The store itself needs the table of today, so that a file of the oldest version is made without one.
    SqliteFileOf.version(folder.resolve("roost.db"), OLDEST);
  }

  private Store open(Migration... migrations) {
    return SqliteStore.open(folder.resolve("roost.db"), SqliteOptions.defaults().withMigrations(List.of(migrations)));
  }
}
