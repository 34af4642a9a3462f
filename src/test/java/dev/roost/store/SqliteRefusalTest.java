package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that a store must not touch: one clear line, and the folder is afterwards as it was, byte for byte. */
class SqliteRefusalTest {
  private static final int DOCUMENTS = 2000;

  @TempDir
  Path folder;

  @Test
  void aTextFile() throws IOException {
    Files.writeString(file(), "Dear diary, this is no database. ".repeat(300));
    assertRefused("not a store of Roost", "set STORE to another file");
  }

  @Test
  void aVeryShortFile() throws IOException {
    Files.writeString(file(), "x");
    assertRefused("not a store of Roost");
  }

  @Test
  void garbage() throws IOException {
    byte[] bytes = new byte[50_000];
    new Random(5).nextBytes(bytes);
    Files.write(file(), bytes);
    assertRefused("not a store of Roost");
  }

  @Test
  void aDatabaseOfAnotherApplication() throws SQLException {
    sql(file(), "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('a')");
    assertRefused("another application");
  }

  @Test
  void aDatabaseOfAnotherApplicationInWriteAheadMode() throws SQLException {
    sql(file(), "PRAGMA journal_mode = WAL", "CREATE TABLE bookmarks (url TEXT)");
    assertRefused("another application");
  }

  @Test
  void aNewerSchema() throws SQLException {
    makeStore();
    sql(file(), "PRAGMA user_version = 99");
    assertRefused("a newer Roost wrote it (schema 99, this one knows 1)", "run the newer Roost");
  }

  @Test
  void aNewerSchemaThatIsOnlyInTheLogThatAKillLeft() throws SQLException, IOException {
    makeStore();
    Path scene = folder.resolve("scene");
    Files.createDirectory(scene);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file()); Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 2");
      Files.copy(file(), scene.resolve("roost.db"));
      Files.copy(folder.resolve("roost.db-wal"), scene.resolve("roost.db-wal"));
    }
    assertThat(ByteBuffer.wrap(Files.readAllBytes(scene.resolve("roost.db"))).getInt(60)).isEqualTo(1);
    Map<String, String> before = contents(scene);
    assertThatThrownBy(() -> Stores.open(scene.resolve("roost.db").toString())).isInstanceOf(StoreException.class).hasMessageContaining("a newer Roost wrote it");
    assertThat(contents(scene)).containsAllEntriesOf(before);
  }

  @Test
  void aTruncatedFile() throws IOException {
    makeStore();
    byte[] whole = Files.readAllBytes(file());
    for (int length : new int[] {1, 50, 100, 4095, 4096, 8192, whole.length / 2, whole.length - 4096, whole.length - 1}) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertRefused(file().toString());
    }
  }

  @Test
  void aPageOfGarbageAnywhere() throws IOException {
    makeStore();
    byte[] whole = Files.readAllBytes(file());
    Random random = new Random(11);
    for (int page = 0; page < whole.length / 4096; page++) {
      byte[] damaged = whole.clone();
      byte[] garbage = new byte[4096];
      random.nextBytes(garbage);
      System.arraycopy(garbage, 0, damaged, page * 4096, 4096);
      Files.write(file(), damaged);
      assertRefused(page == 0 ? "not a store of Roost" : "damaged", "restore a backup");
    }
  }

  @Test
  void aLogWithoutItsFile() throws IOException {
    Files.write(folder.resolve("roost.db-wal"), new byte[5000]);
    assertRefused("write-ahead log roost.db-wal is there");
    Files.createFile(file());
    assertRefused("write-ahead log roost.db-wal is there");
  }

  @Test
  void aFolder() throws IOException {
    Files.createDirectory(file());
    assertRefused("it is a folder");
  }

  @Test
  void somethingThatIsNoFile() {
    assertThatThrownBy(() -> Stores.open("/dev/null")).isInstanceOf(StoreException.class).hasMessageContaining("/dev/null").hasMessageContaining("not a regular file");
  }

  @Test
  void aFolderThatNobodyCanWriteIn() {
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    for (String path : new String[] {"/proc/roost.db", "/proc/self/missing/roost.db", "/proc/version"}) {
      assertThatThrownBy(() -> Stores.open(path)).isInstanceOf(StoreException.class).hasMessageContaining("The store " + path).hasMessageNotContaining("\n");
    }
  }

  @Test
  void aLinkInACircleAndOneToAFolder() throws IOException {
    Files.createSymbolicLink(file(), Path.of("other.db"));
    Files.createSymbolicLink(folder.resolve("other.db"), Path.of("roost.db"));
    assertThatThrownBy(() -> Stores.open(file().toString())).isInstanceOf(StoreException.class).hasMessageContaining("The store " + file()).hasMessageContaining("in a circle");
    Path link = Files.createSymbolicLink(folder.resolve("folder.db"), Path.of("."));
    assertThatThrownBy(() -> Stores.open(link.toString())).isInstanceOf(StoreException.class).hasMessageContaining("it is a folder");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(3);
    }
  }

  @Test
  void aParentThatIsAFile() throws IOException {
    Files.writeString(folder.resolve("note"), "x");
    assertThatThrownBy(() -> Stores.open(folder.resolve("note/roost.db").toString())).isInstanceOf(StoreException.class).hasMessageContaining("note/roost.db");
    assertThat(folder.resolve("note")).hasContent("x");
  }

  @Test
  void aReadOnlyFileAndOneOfAnotherUser() throws IOException {
    makeStore();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
    Assumptions.assumeFalse(Files.isWritable(file()), "root may write everything");
    assertRefused("read-only");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("---------"));
    assertThatThrownBy(() -> Stores.open(file().toString())).isInstanceOf(StoreException.class).hasMessageContaining("no permission to read");
  }

  @Test
  void aSecondStoreOnTheSameFileAndOnASecondNameOfIt() throws IOException {
    try (Store first = Stores.open(file().toString())) {
      StoreContract.await(first.flush());
      assertRefused("another process uses it");
      Path link = Files.createSymbolicLink(folder.resolve("link.db"), file());
      assertThatThrownBy(() -> Stores.open(link.toString())).isInstanceOf(StoreException.class).hasMessageContaining("another process uses it");
      first.apply(List.of(StoreContract.put("a", "b", "c")));
      StoreContract.await(first.flush());
    }
    Stores.open(folder.resolve("link.db").toString()).close();
  }

  @Test
  void anAttemptOfTheOwnProcessLetsNoOtherProcessIn() throws IOException, InterruptedException {
    try (Store first = Stores.open(file().toString())) {
      // Not with a look at the files: reading the lock would release it.
      assertThatThrownBy(() -> Stores.open(file().toString())).isInstanceOf(StoreException.class).hasMessageContaining("another process uses it");
      Process process = new ProcessBuilder(RealCrashTest.command(file())).redirectErrorStream(true).start();
      try {
        assertThat(process.inputReader().lines().limit(5)).anyMatch(line -> line.contains("another process uses it"));
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
      } finally {
        process.destroyForcibly();
      }
      first.apply(List.of(StoreContract.put("a", "b", "c")));
      StoreContract.await(first.flush());
    }
  }

  @Test
  void theLockOfARefusedStoreStaysBecauseAnotherProcessMayHaveOpenedIt() throws IOException {
    makeStore();
    damageThePageBehindTheFirst();
    Path lock = folder.resolve("roost.db.lock");
    Files.delete(lock);
    assertThatThrownBy(() -> Stores.open(file().toString())).hasMessageContaining("damaged");
    assertThat(lock).exists();
    Object inode = Files.readAttributes(lock, BasicFileAttributes.class).fileKey();
    assertRefused("damaged");
    assertThat(Files.readAttributes(lock, BasicFileAttributes.class).fileKey()).isEqualTo(inode);
  }

  @Test
  void noNameAndNoFileName() {
    assertThatThrownBy(() -> Stores.open(" ")).isInstanceOf(StoreException.class).hasMessageContaining("set STORE to a file");
    assertThatThrownBy(() -> Stores.open("a\0b")).isInstanceOf(StoreException.class).hasMessageContaining("set STORE to a file");
  }

  @Test
  void anEmptyFileBecomesAStore() throws IOException {
    Files.createFile(file());
    try (Store store = Stores.open(file().toString())) {
      assertThat(store.load("any")).isEmpty();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file()))).isEqualTo("rw-------");
  }

  @Test
  void whatACrashLeftOfMakingAFileIsInNobodysWay() throws IOException {
    Files.write(folder.resolve("roost.db.new"), new byte[3000]);
    Files.move(Files.write(folder.resolve("j"), new byte[3000]), folder.resolve("roost.db.new-journal"), StandardCopyOption.ATOMIC_MOVE);
    makeStore();
    assertThat(folder.resolve("roost.db.new")).doesNotExist();
    try (Store store = Stores.open(file().toString())) {
      assertThat(store.load("rooms")).hasSize(DOCUMENTS);
    }
  }

  private Path file() {
    return folder.resolve("roost.db");
  }

  private void makeStore() {
    try (Store store = Stores.open(file().toString())) {
      store.apply(IntStream.range(0, DOCUMENTS).mapToObj(i -> StoreContract.put("rooms", "room " + i, "x".repeat(100))).toList());
    }
  }

  private void damageThePageBehindTheFirst() throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    Arrays.fill(bytes, 4096, 8192, (byte) 0x5a);
    Files.write(file(), bytes);
  }

  private void assertRefused(String... parts) {
    Map<String, String> before = contents(folder);
    assertThatThrownBy(() -> Stores.open(file().toString())).isInstanceOf(StoreException.class).hasMessageContainingAll(parts)
        .hasMessageStartingWith("The store " + file()).hasMessageNotContaining("\n");
    assertThat(contents(folder)).isEqualTo(before);
  }

  /** Every file with its bytes; not the shared memory of SQLite, which is an index that any reader makes anew. */
  private static Map<String, String> contents(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !file.toString().endsWith("-shm")).collect(Collectors.toMap(Path::toString, SqliteRefusalTest::content, (a, b) -> a, TreeMap::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String content(Path file) {
    try {
      return Files.isDirectory(file) ? "folder" : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file); Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
