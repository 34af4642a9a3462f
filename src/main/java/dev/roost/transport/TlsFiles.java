package dev.roost.transport;

import dev.roost.core.Loop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of the server in its files, which are looked at every 2 s. When both have changed and come to rest, they are loaded and checked, and new connections
 * get the new certificate; those that are there go on. What cannot be used is logged once and tried again at every look, and the old one stays: files that are written one
 * after the other are no outage.
 */
public final class TlsFiles {
  private static final Logger log = LoggerFactory.getLogger(TlsFiles.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Path certificateFile;
  private final Path keyFile;
  private final LongAdder reloadFailures = new LongAdder();
  private final ReentrantLock looking = new ReentrantLock();
  private volatile TlsPair current;
  private Stamps loaded;
  private Stamps seen;
  private String lastFault = "";

  private TlsFiles(Path certificateFile, Path keyFile) {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    loaded = Stamps.of(certificateFile, keyFile);
    seen = loaded;
    current = TlsPair.load(certificateFile, keyFile);
    warnIfNotValid();
  }

  /**
   * Reads a certificate and its key.
   *
   * @param certificateFile PEM; the server's own certificate first, then those that vouch for it
   * @param keyFile PEM; PKCS#8 without a password; EC, RSA or Ed25519
   * @throws TlsException if they cannot be used
   */
  public static TlsFiles open(Path certificateFile, Path keyFile) {
    return new TlsFiles(certificateFile, keyFile);
  }

  /** When the certificate that is in use ends to be valid. Any thread. */
  public Instant notAfter() {
    return current.notAfter();
  }

  /** How often new files could not be used. */
  public LongAdder reloadFailures() {
    return reloadFailures;
  }

  /** What new connections get. Any thread. */
  TlsPair current() {
    return current;
  }

  /** Looks again and again; the loop only keeps the time, because files block. */
  Loop.Cancellable watch(Loop loop) {
    return loop.every(LOOK, () -> Thread.startVirtualThread(this::look));
  }

  /** Loads the files if they are others than those in use and the same as at the last look. While another look waits for a file, as on a network that is gone, this does nothing; answers whether it looked. */
  boolean look() {
    if (!looking.tryLock()) {
      return false;
    }
    try {
      compare();
      return true;
    } finally {
      looking.unlock();
    }
  }

  private void compare() {
    Stamps now = Stamps.of(certificateFile, keyFile);
    boolean atRest = now.equals(seen);
    seen = now;
    if (!atRest || now.equals(loaded)) {
      return;
    }
    try {
      current = TlsPair.load(certificateFile, keyFile);
      loaded = now;
      lastFault = "";
      log.info("New connections get the changed TLS certificate of {}, valid until {}", certificateFile, current.notAfter());
      warnIfNotValid();
    } catch (TlsException e) {
      failed(e.getMessage());
    } catch (RuntimeException e) {
      failed(e.toString());
    }
  }

  private void failed(String fault) {
    if (!fault.equals(lastFault)) {
      lastFault = fault;
      reloadFailures.increment();
      log.error("The TLS certificate stays as it was: {}", fault);
    }
  }

  private void warnIfNotValid() {
    Instant now = Instant.now();
    if (now.isAfter(current.notAfter())) {
      log.warn("The TLS certificate in {} has expired at {}", certificateFile, current.notAfter());
    } else if (now.isBefore(current.notBefore())) {
      log.warn("The TLS certificate in {} is not valid before {}", certificateFile, current.notBefore());
    }
  }

  /** What tells whether files have changed, through symbolic links, too: some tools write into the file, some put another one in its place. */
  private record Stamps(String certificate, String key) {

    static Stamps of(Path certificate, Path key) {
      return new Stamps(stamp(certificate), stamp(key));
    }

    private static String stamp(Path path) {
      try {
        BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
        return file.lastModifiedTime() + " " + file.size() + " " + file.fileKey();
      } catch (IOException e) {
        return "";
      }
    }
  }
}
