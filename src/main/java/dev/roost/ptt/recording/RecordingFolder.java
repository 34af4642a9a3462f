package dev.roost.ptt.recording;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Where recordings are: a folder for each day (UTC) with its recordings and its index, and one for what is not finished. One process has it at a time, since it takes what is not finished there for its own. Everything in it is made so that
 * only its owner can read it. On the writer's thread, except where it is said.
 */
final class RecordingFolder implements AutoCloseable {
  static final String INDEX = "index.jsonl";
  static final String UNFINISHED = "unfinished";
  private static final String LOCK = "recordings.lock";

  /** What this process has: under POSIX even looking at a locked file a second time and closing it would release the lock. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private RecordingFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes the folder if it is missing, and locks it. On the thread that starts the server.
   *
   * @throws IOException if it cannot be made or written, or somebody else has it; its {@link #reason} is for people
   */
  static RecordingFolder open(Path setting) throws IOException {
    makeFolder(setting);
    Path path = setting.toRealPath();
    if (!HELD.add(path)) {
      throw inUse(path);
    }
    FileChannel lock = null;
    try {
      makeFolder(path.resolve(UNFINISHED));
      lock = lock(path);
      return new RecordingFolder(path, lock);
    } finally {
      if (lock == null) {
        HELD.remove(path);
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    makePrivate(path.resolve(LOCK));
    FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.WRITE);
    boolean isLocked = false;
    try {
      isLocked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Another recorder of this process has it, by way of another mount.
    } finally {
      if (!isLocked) {
        channel.close();
      }
    }
    if (!isLocked) {
      throw inUse(path);
    }
    return channel;
  }

  private static IOException inUse(Path path) {
    return new FileSystemException(path.toString(), null, "another server records there");
  }

  /** What an error says, in short. Any thread. */
  static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "no permission for " + denied.getFile();
      case NoSuchFileException missing -> missing.getFile() + " is not there";
      case FileAlreadyExistsException file -> file.getFile() + " is a file";
      case FileSystemException named when named.getReason() != null -> named.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  /** Any thread. */
  Path path() {
    return path;
  }

  /** Where a transmission is kept while it lasts. Any thread. */
  Path spool(RecordingName name) {
    return path.resolve(UNFINISHED).resolve(name.text() + ".spool");
  }

  /** Makes the folder again, as after somebody removed it. */
  void restore() throws IOException {
    makeFolder(path.resolve(UNFINISHED));
  }

  /** What can still be written, in bytes; 0 if the folder is not there. */
  long usableSpace() {
    return path.toFile().getUsableSpace();
  }

  /** What is not finished, oldest first. */
  List<RecordingName> unfinished() throws IOException {
    try (Stream<Path> files = Files.list(path.resolve(UNFINISHED))) {
      return files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith(".spool")).sorted().flatMap(file -> RecordingName.ofFile(file).stream()).toList();
    }
  }

  /** A file to write what is to be published; empty. */
  Path part(RecordingName name) throws IOException {
    Path part = path.resolve(UNFINISHED).resolve(name.text() + ".part");
    Files.deleteIfExists(part);
    makePrivate(part);
    return part;
  }

  /** Gives a finished file its name; returns it, relative to the folder. */
  String publish(Path part, RecordingName name, String codec) throws IOException {
    Path target = day(name).resolve(name.text() + "." + codec);
    makeFolder(target.getParent());
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    return path.relativize(target).toString();
  }

  /** Whether the index has a line of this recording. */
  boolean isListed(RecordingName name) throws IOException {
    Path index = day(name).resolve(INDEX);
    if (!Files.exists(index)) {
      return false;
    }
    // No UTF-8: half a character may stand where the machine stopped.
    try (Stream<String> lines = Files.lines(index, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.contains(name.text()) && line.endsWith("}"));
    }
  }

  /** Adds a line to the index of the day, all of it or nothing. */
  void list(RecordingName name, String json) throws IOException {
    Path index = day(name).resolve(INDEX);
    makePrivate(index);
    try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
      long length = file.length();
      file.seek(Math.max(0, length - 1));
      // A line that was cut off stays one of its own.
      boolean isCutOff = length > 0 && file.read() != '\n';
      try {
        file.write(((isCutOff ? "\n" : "") + json + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        file.setLength(length);
        throw e;
      }
    }
  }

  void remove(RecordingName name) throws IOException {
    Files.deleteIfExists(spool(name));
  }

  /** Removes the recordings of all days before this one, and nothing else. */
  void expire(LocalDate firstKept) throws IOException {
    List<Path> days;
    try (Stream<Path> folders = Files.list(path)) {
      days = folders.filter(Files::isDirectory).filter(folder -> Days.parse(folder.getFileName().toString(), DateTimeFormatter.ISO_LOCAL_DATE).filter(firstKept::isAfter).isPresent()).toList();
    }
    for (Path day : days) {
      expire(day);
    }
  }

  private static void expire(Path day) throws IOException {
    List<Path> ours;
    try (Stream<Path> files = Files.list(day)) {
      ours = files.filter(file -> isOurs(file.getFileName().toString())).toList();
    }
    for (Path file : ours) {
      Files.deleteIfExists(file);
    }
    try {
      Files.delete(day);
    } catch (DirectoryNotEmptyException e) {
      // Something that somebody else put there.
    }
  }

  private static boolean isOurs(String fileName) {
    return fileName.equals(INDEX) || RecordingName.ofFile(fileName).isPresent();
  }

  private Path day(RecordingName name) {
    return path.resolve(name.date().toString());
  }

  /** Makes a file that only its owner can read, from its first moment on, unless it is there. */
  static void makePrivate(Path file) throws IOException {
    try {
      Files.createFile(file, rights(file.toAbsolutePath().getParent(), "rw-------"));
    } catch (FileAlreadyExistsException e) {
      // As the index is, all day.
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, rights(folder, "rwx------"));
    }
  }

  private static FileAttribute<?>[] rights(Path path, String rights) {
    boolean hasOwners = Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    return hasOwners ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))} : new FileAttribute<?>[0];
  }

  /** Releases the lock; its file stays, since another process may just have opened it. */
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
