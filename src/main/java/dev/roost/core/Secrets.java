package dev.roost.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Comparing what a client knows with what it should know. */
public final class Secrets {

  private Secrets() {}

  /** Whether two secrets are the same, in a time that does not tell where they differ. */
  public static boolean equal(String given, String expected) {
    return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
  }
}
