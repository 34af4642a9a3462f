package dev.roost.ptt.auth;

import dev.roost.core.Loop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys in a file, which is looked at every 2 s. When it has changed and come to rest, it is read again, and new connections need tokens of the new keys. What cannot be used is logged once, and the keys
 * stay as they were.
 */
final class KeyFile implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(KeyFile.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Path path;
  private final Set<Algorithm> algorithms;
  private final boolean isOnlySource;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile KeyRing current;
  private volatile Loop.Cancellable watch = Loop.Cancellable.NONE;
  private String loaded;
  private String seen;
  private String lastFault = "";

  private KeyFile(Path path, Collection<Algorithm> algorithms, boolean isOnlySource) {
    this.path = path;
    this.algorithms = algorithms.stream().filter(algorithm -> !algorithm.isSymmetric()).collect(Collectors.toUnmodifiableSet());
    this.isOnlySource = isOnlySource;
    loaded = stamp();
    seen = loaded;
    current = load();
  }

  /**
   * Reads the file. Blocks.
   *
   * @param algorithms that are allowed; every key must be of use for one of them
   * @param isOnlySource whether there must be a key for each of them
   * @throws KeyFileException if it cannot be used
   */
  static KeyFile open(Path path, Collection<Algorithm> algorithms, boolean isOnlySource) {
    return new KeyFile(path, algorithms, isOnlySource);
  }

  @Override
  public List<VerificationKey> fitting(Algorithm algorithm, String keyId) {
    return current.fitting(algorithm, keyId);
  }

  /** Looks again and again; the loop only keeps the time, because files block. */
  void watch(Loop loop) {
    watch = loop.every(LOOK, () -> Thread.startVirtualThread(this::look));
  }

  @Override
  public void close() {
    watch.cancel();
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** Reads the file if it is another than the one in use and the same as at the last look. While another look waits for it, as on a network that is gone, this does nothing. */
  void look() {
    if (looking.tryLock()) {
      try {
        compare();
      } finally {
        looking.unlock();
      }
    }
  }

  private void compare() {
    String now = stamp();
    boolean atRest = now.equals(seen);
    seen = now;
    if (!atRest || now.equals(loaded)) {
      return;
    }
    try {
      current = load();
      loaded = now;
      lastFault = "";
      log.info("PTT: tokens are checked by the changed public keys of {}", path);
    } catch (KeyFileException e) {
      if (!lastFault.equals(e.getMessage())) {
        lastFault = e.getMessage();
        log.error("PTT: the public keys for tokens stay as they were: {}", e.getMessage());
      }
    }
  }

  private KeyRing load() {
    List<VerificationKey> keys = new ArrayList<>();
    for (PublicKey key : PublicKeyFile.read(path)) {
      keys.add(VerificationKey.of("", key, algorithms).orElseThrow(() -> new KeyFileException(path + " holds " + text(key) + ", and JWT_ALGORITHMS names no algorithm for it")));
    }
    KeyRing ring = new KeyRing(keys);
    if (isOnlySource) {
      algorithms.stream().filter(algorithm -> !ring.algorithms().contains(algorithm)).findFirst().ifPresent(algorithm -> {
        throw new KeyFileException(path + " does not hold " + algorithm.kind() + ", which " + algorithm + " of JWT_ALGORITHMS needs");
      });
    }
    return ring;
  }

  private static String text(PublicKey key) {
    return KeyKind.of(key).map(KeyKind::toString).orElse("a key that is too short or of another curve (" + key.getAlgorithm() + ")");
  }

  /** What tells whether the file has changed, through symbolic links, too: some tools write into it, some put another one in its place. */
  private String stamp() {
    try {
      BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
      return file.lastModifiedTime() + " " + file.size() + " " + file.fileKey();
    } catch (IOException e) {
      return "";
    }
  }
}
