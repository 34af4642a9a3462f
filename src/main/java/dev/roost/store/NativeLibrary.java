package dev.roost.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/**
 * The native library of SQLite. The driver unpacks it into a folder and loads it from there, which a read-only folder or one without execution (the default of a tmpfs in a
 * container) forbids. So a folder is tried before: the temporary one, then that of the store.
 */
final class NativeLibrary {
  /** The driver's property for where to unpack. */
  private static final String FOLDER = "org.sqlite.tmpdir";

  private static boolean loaded;

  private NativeLibrary() {}

  /**
   * Loads the library, once a process.
   *
   * @param beside the folder of the store, for when the temporary folder will not do
   * @throws StoreException if no folder will do, or there is no library for this machine
   */
  static synchronized void load(Path beside) {
    if (loaded) {
      return;
    }
    String chosen = System.getProperty(FOLDER);
    List<Path> candidates = chosen == null ? List.of(Path.of(System.getProperty("java.io.tmpdir")), beside) : List.of(Path.of(chosen));
    List<Path> tried = new ArrayList<>();
    for (Path folder : candidates) {
      if (loadFrom(folder, chosen)) {
        loaded = true;
        return;
      }
      tried.add(folder);
    }
    throw new StoreException("SQLite cannot be loaded: no library can be executed from " + String.join(" or ", tried.stream().map(Path::toString).toList())
        + "; name a writable folder that is not mounted noexec with JAVA_OPTS=-D" + FOLDER + "=FOLDER, or set STORE to \"" + Stores.MEMORY + "\"");
  }

  /** Whether the library is loaded. Its folder is removed at once, because the driver would leave a megabyte behind at each kill -9. */
  private static boolean loadFrom(Path parent, String chosen) {
    Path folder = null;
    try {
      folder = Files.createTempDirectory(parent, "roost-sqlite-");
      if (!canExecuteIn(folder)) {
        return false;
      }
      System.setProperty(FOLDER, folder.toString());
      return SQLiteJDBCLoader.initialize();
    } catch (IOException e) {
      return false;
    } catch (Exception e) {
      throw new StoreException("SQLite cannot be loaded on " + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ": " + e.getMessage()
          + "; set STORE to \"" + Stores.MEMORY + "\" to run without it", e);
    } finally {
      if (chosen == null) {
        System.clearProperty(FOLDER);
      } else {
        System.setProperty(FOLDER, chosen);
      }
      remove(folder);
    }
  }

  /** Linux denies the right to execute where the mount does, to root as well. */
  private static boolean canExecuteIn(Path folder) throws IOException {
    Path probe = Files.createFile(folder.resolve("probe"));
    if (!StoreFile.hasOwners(probe)) {
      return true;
    }
    Files.setPosixFilePermissions(probe, PosixFilePermissions.fromString("rwx------"));
    return Files.isExecutable(probe);
  }

  private static void remove(Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // Where a loaded library cannot be removed (Windows), the driver does it at the end of the process.
    }
  }
}
