package dev.roost.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM file (RFC 7468), in order; text around them is ignored. */
final class PemFile {
  private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  /** A chain of certificates has some 10 KB: what is longer is something else. */
  private static final long MAX_BYTES = 1 << 20;

  private final Path path;
  private final List<Block> blocks;

  /**
   * One block.
   *
   * @param label such as {@code PRIVATE KEY}
   * @param der its bytes
   */
  record Block(String label, byte[] der) {}

  private PemFile(Path path, List<Block> blocks) {
    this.path = path;
    this.blocks = blocks;
  }

  /** @throws TlsException if the file cannot be read, or is no PEM */
  static PemFile read(Path path) {
    List<Block> blocks = new ArrayList<>();
    Matcher found = BLOCK.matcher(text(path));
    while (found.find()) {
      try {
        blocks.add(new Block(found.group(1), Base64.getMimeDecoder().decode(found.group(2).strip())));
      } catch (IllegalArgumentException e) {
        throw new TlsException(path + " is damaged: a block " + found.group(1) + " is not base64");
      }
    }
    return new PemFile(path, blocks);
  }

  Path path() {
    return path;
  }

  /** The blocks with a label that ends so. */
  List<Block> blocks(String ending) {
    return blocks.stream().filter(block -> block.label.endsWith(ending)).toList();
  }

  private static String text(Path path) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new TlsException(path + " is too long for a PEM file");
      }
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new TlsException("there is no file " + path);
    } catch (IOException e) {
      throw new TlsException(path + " cannot be read: " + reason(path, e));
    }
  }

  /** What is wrong, in the words of the system if it has some. */
  static String reason(Path path, IOException failure) {
    String message = failure.getMessage();
    if (message == null) {
      return failure.getClass().getSimpleName();
    }
    return message.equals(path.toString()) ? "permission denied" : message;
  }
}
