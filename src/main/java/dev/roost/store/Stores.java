package dev.roost.store;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens the store that a setting names. */
public final class Stores {
  /** The setting that keeps nothing on the disk. */
  public static final String MEMORY = "memory";

  private Stores() {}

  /**
   * Opens a store; blocks for the disk.
   *
   * @param setting {@value #MEMORY}, or the path of an SQLite file, which is made with its folder if it is not there
   * @throws StoreException if it cannot be opened; the file is then as it was before
   */
  public static Store open(String setting) {
    if (setting.equals(MEMORY)) {
      return new MemoryStore();
    }
    if (setting.isBlank()) {
      throw new StoreException("The store has no name: set STORE to a file, such as data/roost.db, or to \"" + MEMORY + "\"");
    }
    try {
      return SqliteStore.open(Path.of(setting), SqliteOptions.defaults());
    } catch (InvalidPathException e) {
      throw new StoreException("The store \"" + setting + "\" cannot be opened: it is no file name; set STORE to a file, such as data/roost.db", e);
    }
  }
}
