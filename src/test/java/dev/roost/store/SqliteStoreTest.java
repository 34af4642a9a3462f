package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {
  @TempDir
  Path folder;

  @Override
  Store open() {
    return Stores.open(folder.resolve("missing/parents/roost.db").toString());
  }

  @Test
  void everythingIsThereAfterReopening() {
    store.apply(List.of(put("rooms", "a", "one"), put("rooms", "b", "two"), put("chats", "", "x")));
    store.apply(List.of(new Change.Delete("rooms", "a")));
    store.close();
    store = open();
    assertThat(loaded("rooms")).containsExactly("b=two");
    assertThat(loaded("chats")).containsExactly("=x");
    store.apply(List.of(put("rooms", "c", "three")));
    store.close();
    store = open();
    assertThat(loaded("rooms")).containsExactly("b=two", "c=three");
  }

  @Test
  void onlyTheOwnerCanReadTheFiles() throws IOException {
    store.apply(List.of(put("rooms", "a", "one")));
    await(store.flush());
    try (Stream<Path> files = Files.list(folder.resolve("missing/parents"))) {
      List<Path> all = files.sorted().toList();
      assertThat(all).extracting(file -> file.getFileName().toString()).containsExactly("roost.db", "roost.db-shm", "roost.db-wal", "roost.db.lock");
      for (Path file : all) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).as(file.toString()).isEqualTo("rw-------");
      }
    }
  }

  @Test
  void afterTheCloseOneFileHasEverything() throws IOException {
    store.apply(List.of(put("rooms", "a", "one")));
    store.close();
    assertThat(folder.resolve("missing/parents/roost.db-wal")).doesNotExist();
    Path copy = folder.resolve("copy.db");
    Files.copy(folder.resolve("missing/parents/roost.db"), copy);
    try (Store other = Stores.open(copy.toString())) {
      assertThat(documents(other, "rooms")).containsExactly("a=one");
    }
  }

  @Test
  void stepsOfAWindowShareATransaction() {
    for (int i = 0; i < 10_000; i++) {
      store.apply(List.of(put("rooms", "k" + i % 100, "v" + i)));
    }
    await(store.flush());
    assertThat(store.figures().commits()).isLessThan(100);
    assertThat(store.figures().slowestCommit()).isPositive();
  }

  @Test
  void withoutAFlushAStepIsOnTheDiskSoonAfterwards() {
    store.apply(List.of(put("rooms", "a", "one")));
    long start = System.nanoTime();
    while (store.figures().pendingBytes() > 0) {
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(5).toNanos());
      Thread.onSpinWait();
    }
    assertThat(documents(store, "rooms")).containsExactly("a=one");
  }

  @Test
  void aLinkIntoAnEmptyFolderStaysOneAndItsTargetIsMade() throws IOException {
    Path volume = Files.createDirectories(folder.resolve("mnt/vol"));
    Path app = Files.createDirectory(folder.resolve("app"));
    Files.createSymbolicLink(folder.resolve("current"), Path.of("app"));
    Files.createSymbolicLink(folder.resolve("mnt/link.db"), Path.of("vol/roost.db"));
    Files.createSymbolicLink(app.resolve("roost.db"), Path.of("../mnt/link.db"));
    try (Store linked = Stores.open(folder.resolve("current/roost.db").toString())) {
      assertThatThrownBy(() -> Stores.open(volume.resolve("roost.db").toString())).isInstanceOf(StoreException.class).hasMessageContaining("another process uses it");
      linked.apply(List.of(put("rooms", "a", "one")));
    }
    assertThat(app.resolve("roost.db")).isSymbolicLink();
    assertThat(names(app)).containsExactly("roost.db");
    assertThat(names(volume)).containsExactly("roost.db", "roost.db.lock");
    try (Store named = Stores.open(volume.resolve("roost.db").toString())) {
      assertThat(documents(named, "rooms")).containsExactly("a=one");
    }
  }

  @Test
  void aLinkIntoAFolderThatIsMissingMakesItWhereTheLinkLeads() throws IOException {
    Path app = Files.createDirectories(folder.resolve("real/app"));
    Files.createSymbolicLink(folder.resolve("app"), app);
    Files.createSymbolicLink(app.resolve("roost.db"), Path.of("../later/roost.db"));
    Stores.open(folder.resolve("app/roost.db").toString()).close();
    assertThat(folder.resolve("real/later/roost.db")).isRegularFile();
    assertThat(app.resolve("roost.db")).isSymbolicLink();
    assertThat(folder.resolve("later")).doesNotExist();
  }

  @Test
  void anyFileNameWillDo() {
    for (String name : List.of("with space.db", "question?mark=1.db", "per%20cent.db", "hash#tag.db", "日本 😀.db", "file:x.db", ":memory:", "a&b=c;d.db")) {
      Path file = folder.resolve(name);
      for (int i = 1; i <= 2; i++) {
        try (Store other = Stores.open(file.toString())) {
          assertThat(other.load("n")).hasSize(i - 1);
          other.apply(List.of(put("n", "start " + i, "")));
        }
        assertThat(file).isRegularFile();
      }
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
