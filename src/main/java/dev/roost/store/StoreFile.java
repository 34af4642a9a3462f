package dev.roost.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The file of a store before SQLite sees it: found or to be made, locked, and looked at without changing it.
 *
 * <p>The lock is one on a file beside it, because SQLite's own exclusive mode would keep backups out while the server runs. The system releases it however the process ends.
 */
final class StoreFile implements AutoCloseable {
  /** What every file of ours carries in its header: "Rost". */
  static final int APPLICATION_ID = 0x526f7374;

  private static final byte[] SQLITE = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  /** Of SQLite's file format, section 1.3: the header and where its numbers are. */
  private static final int HEADER_BYTES = 100;
  private static final int PAGE_BYTES_AT = 16;
  private static final int PAGES_AT = 28;
  private static final int USER_VERSION_AT = 60;
  private static final int APPLICATION_ID_AT = 68;
  /** As many as Linux follows. */
  private static final int MAX_LINKS = 40;

  /**
   * What this process has. Its own second attempt must not even open such a file or its lock: under POSIX closing any channel of a file releases all locks of the process on it, SQLite's
   * as well.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final String shown;
  private FileChannel lock;

  private StoreFile(Path path, String shown) {
    this.path = path;
    this.shown = shown;
  }

  /**
   * Finds the file and locks it; makes its folder if it is missing.
   *
   * @param newestVersion the newest schema version that this program knows
   * @throws StoreException if that cannot be, or another process has it, or it is to be seen without a lock that it cannot be used: nothing of ours comes to lie beside a file that
   *     is not ours
   */
  static StoreFile lock(Path setting, int newestVersion) {
    StoreFile file = find(setting);
    if (!HELD.add(file.path)) {
      throw file.inUse();
    }
    try {
      file.check(newestVersion);
      file.lock();
    } catch (AccessDeniedException e) {
      throw file.refusal("no permission to write in " + file.path.getParent() + "; change the owner of the folder, or run as its owner", e);
    } catch (IOException e) {
      throw file.refusal("its folder " + file.path.getParent() + " cannot be written (" + reason(e) + ")", e);
    } finally {
      if (file.lock == null) {
        HELD.remove(file.path);
      }
    }
    return file;
  }

  private static StoreFile find(Path setting) {
    StoreFile file = new StoreFile(setting.toAbsolutePath().normalize(), setting.toString());
    try {
      // Two names of one file are one lock, and the write-ahead log lies beside the real one.
      if (Files.exists(file.path)) {
        file = new StoreFile(file.path.toRealPath(), file.shown);
        file.checkAccess();
      } else {
        file = new StoreFile(file.target(), file.shown);
        if (!Files.isDirectory(file.path.getParent())) {
          Files.createDirectories(file.path.getParent());
        }
        file = new StoreFile(file.path.getParent().toRealPath().resolve(file.path.getFileName()), file.shown);
      }
    } catch (AccessDeniedException e) {
      throw file.refusal("no permission for " + e.getFile() + "; change its owner, or run as its owner", e);
    } catch (IOException e) {
      throw file.refusal("its folder " + file.path.getParent() + " cannot be made (" + reason(e) + ")", e);
    }
    return file;
  }

  /** Where a file is to be made: not under its name if that is a link, as into a volume that is empty yet. */
  private Path target() throws IOException {
    Path target = path;
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MAX_LINKS) {
        throw refusal("its symbolic link leads in a circle; set STORE to a file");
      }
      target = target.getParent().toRealPath().resolve(Files.readSymbolicLink(target));
    }
    return target;
  }

  private void checkAccess() {
    if (Files.isDirectory(path)) {
      throw refusal("it is a folder; set STORE to a file in it, such as " + Path.of(shown).resolve("roost.db"));
    }
    if (!Files.isRegularFile(path)) {
      throw refusal("it is not a regular file; set STORE to another");
    }
    if (!Files.isReadable(path)) {
      throw refusal("no permission to read it; change its owner, or run as its owner");
    }
    if (!Files.isWritable(path)) {
      throw refusal("it is read-only; make it writable, or set STORE to another file");
    }
  }

  private void lock() throws IOException {
    Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
    makePrivate(lockPath);
    FileChannel channel = FileChannel.open(lockPath, StandardOpenOption.WRITE);
    FileLock held = null;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another store of this process has it, by way of another mount.
    }
    if (held == null) {
      channel.close();
      throw inUse();
    }
    lock = channel;
  }

  private StoreException inUse() {
    return refusal("another process uses it, or another server in this one; stop that one, or set STORE to another file");
  }

  /** The file, resolved. */
  Path path() {
    return path;
  }

  /** Whether there is something in it. An empty file counts as a new one. */
  boolean exists() {
    return Files.exists(path) && length(path) > 0;
  }

  /**
   * Looks at what is there and changes nothing. Without the lock another process may be making it: then it is looked at again.
   *
   * @param newestVersion the newest schema version that this program knows
   * @throws StoreException if this is not a file of ours, or a newer one, or only its log is there
   */
  void check(int newestVersion) {
    if (exists()) {
      checkHeader(newestVersion);
    } else if (hasLog() && !exists()) {
      // Its log without it: SQLite would throw the log away.
      throw refusal("it is missing or empty, but its write-ahead log " + log().getFileName() + " is there; put back the file that belongs to it, or move the log away to start anew");
    }
  }

  private void checkHeader(int newestVersion) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // Until the header is whole.
      }
    } catch (IOException e) {
      throw refusal("it cannot be read (" + reason(e) + ")", e);
    }
    byte[] start = new byte[SQLITE.length];
    header.get(0, start);
    if (header.hasRemaining() || !Arrays.equals(start, SQLITE)) {
      throw refusal("it is not a store of Roost, or its beginning is damaged; it was not changed: restore a backup, or set STORE to another file");
    }
    checkApplication(header.getInt(APPLICATION_ID_AT));
    checkVersion(header.getInt(USER_VERSION_AT), newestVersion);
    checkLength(header);
  }

  /** SQLite takes the bytes that are missing at the end for zeros. With a log left over, the file may rightly be shorter than it says. */
  private void checkLength(ByteBuffer header) {
    int pageBytes = Short.toUnsignedInt(header.getShort(PAGE_BYTES_AT));
    long expected = Integer.toUnsignedLong(header.getInt(PAGES_AT)) * (pageBytes == 1 ? 1 << 16 : pageBytes);
    if (!hasLog() && length(path) < expected) {
      throw refusal("it is damaged (it has " + length(path) + " bytes of " + expected + "); it was not changed: restore a backup, or move it away to start anew");
    }
  }

  void checkApplication(int id) {
    if (id != APPLICATION_ID) {
      throw refusal("it is an SQLite file of another application; it was not changed: set STORE to another file");
    }
  }

  void checkVersion(int version, int newestVersion) {
    if (version > newestVersion) {
      throw refusal("a newer Roost wrote it (schema " + version + ", this one knows " + newestVersion + "); it was not changed: run the newer Roost, or restore a backup of before");
    }
  }

  /** Whether there is a write-ahead log with something in it, as a process leaves it that was killed. */
  boolean hasLog() {
    return Files.exists(log()) && length(log()) > 0;
  }

  private Path log() {
    return path.resolveSibling(path.getFileName() + "-wal");
  }

  /** Puts a finished new file in place; after this it is there, even if the power fails. */
  void replaceBy(Path made) throws IOException {
    try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
    syncFolder();
  }

  private void syncFolder() throws IOException {
    if (hasOwners(path)) {
      try (FileChannel folder = FileChannel.open(path.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    }
  }

  /** Makes a file that only its owner can read, from its first moment on, unless it is there. SQLite gives its -wal and -shm the rights of the file. */
  static void makePrivate(Path path) throws IOException {
    try {
      if (hasOwners(path.getParent())) {
        Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(path);
      }
    } catch (FileAlreadyExistsException e) {
      // Perhaps since this very moment, by another process.
    }
  }

  /** Whether this system has POSIX rights. Not asked of the table of mounts, which a chroot without /proc does not have. */
  static boolean hasOwners(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
  }

  StoreException refusal(String why) {
    return refusal(why, null);
  }

  /** One line that names the file as the operator wrote it. */
  StoreException refusal(String why, Throwable cause) {
    return new StoreException("The store " + shown + " cannot be opened: " + why, cause);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static long length(Path path) {
    return path.toFile().length();
  }

  /** Releases the lock. The lock's file stays, for good: another process may just have opened it, and would lock a file that is no longer under its name, beside the next one's. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      // The end of the process will do it.
    }
    HELD.remove(path);
  }
}
