package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.NativeLibraryNotFoundException;

/** Folders in which SQLite's library cannot be unpacked or loaded. */
class NativeLibraryTest {
  @TempDir
  Path folder;

  private final List<Path> tried = new ArrayList<>();

  @Test
  void whereItCannotBeLoadedTheNextFolderIsTried() throws Exception {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    List<Path> parents = List.of(folder.resolve("missing"), first, second);
    assertThat(NativeLibrary.unpack(parents, (at, library) -> {
      assertThat(library).isNotEmptyFile().hasParentRaw(at);
      tried.add(at.getParent());
      return at.startsWith(second) || fail();
    })).isTrue();
    assertThat(tried).containsExactly(first, second);
    assertThat(left(first)).isEmpty();
    assertThat(left(second)).isEmpty();
  }

  @Test
  void whereItCanBeLoadedNowhereThatIsTheAnswer() throws Exception {
    assertThat(NativeLibrary.unpack(List.of(folder, folder), (at, library) -> fail())).isFalse();
    assertThat(left(folder)).isEmpty();
  }

  /** A system without a table of mounts cannot say on which of them a file is; what is not there is on none either. */
  @Test
  void theRightsOfASystemAreKnownWithoutAskingForAMount() {
    assertThat(StoreFile.hasOwners(folder.resolve("missing"))).isEqualTo(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
  }

  private static boolean fail() throws NativeLibraryNotFoundException {
    throw new NativeLibraryNotFoundException("injected");
  }

  private static List<Path> left(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
