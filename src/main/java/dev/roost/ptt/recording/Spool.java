package dev.roost.ptt.recording;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that a transmission is kept in while it lasts. It says all that the recording needs, so that one which was cut off by the end of the process can be finished by the next.
 *
 * <p>Its form: the JSON of the beginning, the frames, the JSON of the end if there was one. Each begins with its length in four bytes, the end with a -1 before that; between the length and the bytes of a frame stand the milliseconds since the
 * start, four bytes. It is never open between two batches, so that a thousand who speak take no file descriptors. On the writer's thread.
 */
final class Spool {
  private static final int END = -1;
  /** More than the longest message of a client. */
  private static final int MAX_LENGTH = 64 << 20;

  private final Path path;
  private final byte[] beginning;
  /** What is known to be written; an attempt that failed may have left something behind it. */
  private long length;

  /** Makes nothing yet: the first frames make the file. */
  Spool(Path path, byte[] beginning) {
    this.path = path;
    this.beginning = beginning;
  }

  Path path() {
    return path;
  }

  /** Whether anything was written. */
  boolean exists() {
    return length > 0;
  }

  void append(Batch batch) throws IOException {
    if (!exists()) {
      RecordingFolder.makePrivate(path);
      write(ByteBuffer.allocate(4 + beginning.length + batch.length()).putInt(beginning.length).put(beginning).put(batch.bytes(), 0, batch.length()).flip());
    } else {
      write(ByteBuffer.wrap(batch.bytes(), 0, batch.length()));
    }
  }

  void appendEnd(byte[] end) throws IOException {
    write(ByteBuffer.allocate(8 + end.length).putInt(END).putInt(end.length).put(end).flip());
  }

  private void write(ByteBuffer bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      // What an attempt left behind that failed halfway.
      if (channel.size() > length) {
        channel.truncate(length);
      }
      long at = length;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      length = at;
    }
  }

  /** Who reads a spool. */
  interface Reader {
    /** The JSON of the beginning or of the end. */
    void facts(byte[] json) throws IOException;

    void frame(byte[] bytes, int sinceStartMs) throws IOException;
  }

  /** Reads all that is whole; what the end of the process cut off is left out. */
  static void read(Path path, Reader reader) throws IOException {
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 16))) {
      reader.facts(bytes(in, in.readInt()));
      for (int next = in.readInt(); next != END; next = in.readInt()) {
        int sinceStartMs = in.readInt();
        reader.frame(bytes(in, next), sinceStartMs);
      }
      reader.facts(bytes(in, in.readInt()));
    } catch (EOFException e) {
      // Cut off.
    }
  }

  private static byte[] bytes(DataInputStream in, int length) throws IOException {
    if (length < 0 || length > MAX_LENGTH) {
      throw new EOFException();
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }
}
