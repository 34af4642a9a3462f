package dev.roost.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.NativeLibraryNotFoundException;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Loads SQLite itself, a native library in the driver's jar that has to lie in a file.
 *
 * <p>The driver would unpack it into the temporary folder, which fails with a stack trace where that is read-only or without execution (the default of a tmpfs in a container),
 * compare it byte by byte, which doubles the time, and leave a megabyte behind at each kill -9. So it is unpacked here: into the first folder that will do, and removed as soon as
 * it is loaded.
 */
final class NativeLibrary {
  /** The driver's property for a library that the operator has installed; also how it is told where ours is. */
  private static final String INSTALLED = "org.sqlite.lib.path";
  /** The driver's property for where to unpack. */
  private static final String FOLDER = "org.sqlite.tmpdir";

  private static boolean isLoaded;

  private NativeLibrary() {}

  /** Loads an unpacked library; other than the driver's only in tests. */
  interface Loader {
    boolean load(Path folder, Path library) throws Exception;
  }

  /**
   * Loads the library, once a process.
   *
   * @param beside the folder of the store, for when the temporary folder will not do
   * @throws StoreException if no folder will do, or there is no library for this machine
   */
  static synchronized void load(Path beside) {
    if (isLoaded) {
      return;
    }
    try {
      isLoaded = System.getProperty(INSTALLED) != null ? SQLiteJDBCLoader.initialize() : unpack(candidates(beside), NativeLibrary::load);
    } catch (Exception e) {
      throw failure("it has no library for " + System.getProperty("os.name") + " on " + System.getProperty("os.arch"), e);
    }
    if (!isLoaded) {
      throw failure("no library can be executed from " + String.join(" or ", candidates(beside).stream().map(Path::toString).toList()), null);
    }
  }

  private static List<Path> candidates(Path beside) {
    String chosen = System.getProperty(FOLDER);
    return chosen != null ? List.of(Path.of(chosen)) : List.of(Path.of(System.getProperty("java.io.tmpdir")), beside);
  }

  /** Whether one of the folders would do, tried in this order. Nothing of it stays behind. */
  static boolean unpack(List<Path> parents, Loader loader) throws Exception {
    for (Path parent : parents) {
      List<Path> made = new ArrayList<>();
      try {
        Path folder = Files.createTempDirectory(parent, "roost-sqlite-");
        made.add(folder);
        Path library = folder.resolve(LibraryLoaderUtil.getNativeLibName());
        made.addFirst(library);
        if (copy(library) && loader.load(folder, library)) {
          return true;
        }
      } catch (IOException | NativeLibraryNotFoundException e) {
        // Not in this folder: it cannot be written, or what lies in it cannot be loaded, which the driver has logged.
      } finally {
        made.forEach(path -> path.toFile().delete());
      }
    }
    return false;
  }

  private static boolean copy(Path library) throws IOException {
    try (InputStream packed = SQLiteJDBCLoader.class.getResourceAsStream(LibraryLoaderUtil.getNativeLibResourcePath() + "/" + library.getFileName())) {
      if (packed == null) {
        throw new IllegalStateException("No native library for this machine");
      }
      Files.copy(packed, library);
    }
    if (!StoreFile.hasOwners(library)) {
      return true;
    }
    Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("rwx------"));
    // Linux denies this where the mount does, to root as well.
    return Files.isExecutable(library);
  }

  private static boolean load(Path folder, Path library) throws Exception {
    System.setProperty(INSTALLED, folder.toString());
    try {
      return SQLiteJDBCLoader.initialize();
    } finally {
      System.clearProperty(INSTALLED);
      // Where a loaded library cannot be removed (Windows).
      library.toFile().deleteOnExit();
    }
  }

  private static StoreException failure(String why, Exception cause) {
    return new StoreException("SQLite cannot be loaded: " + why + "; name a writable folder that is not mounted noexec with JAVA_OPTS=-D" + FOLDER
        + "=FOLDER, or set STORE to \"" + Stores.MEMORY + "\"", cause);
  }
}
