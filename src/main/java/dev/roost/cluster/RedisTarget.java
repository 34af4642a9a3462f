package dev.roost.cluster;

import java.nio.file.Path;
import java.util.Optional;

/** Which Redis to use, and what is needed to be let in. Its text names no password. */
public final class RedisTarget {
  private final RedisUrl url;
  private final Optional<Path> authority;

  RedisTarget(RedisUrl url, Optional<Path> authority) {
    this.url = url;
    this.authority = authority;
  }

  RedisUrl url() {
    return url;
  }

  /** A PEM file with the certificates that are trusted, instead of those of the system. */
  Optional<Path> authority() {
    return authority;
  }

  @Override
  public String toString() {
    return url.toString();
  }
}
