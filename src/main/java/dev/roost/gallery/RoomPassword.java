package dev.roost.gallery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A room's password as it is kept, in memory and in the store: not the text, but its salted SHA-256, so that a copy of the file does not hold the passwords that people use
 * elsewhere, too. Not a slow hash: it is compared on a loop, at every join.
 *
 * @param salt base64 of random bytes
 * @param hash base64 of SHA-256 over salt and password
 */
record RoomPassword(String salt, String hash) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SALT_BYTES = 16;

  static RoomPassword of(String password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    String text = Base64.getEncoder().encodeToString(salt);
    return new RoomPassword(text, hash(text, password));
  }

  /** Compares in a time that does not tell where they differ. */
  boolean matches(String given) {
    return MessageDigest.isEqual(hash(salt, given).getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
  }

  private static String hash(String salt, String password) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(salt.getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(sha.digest(password.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "RoomPassword";
  }
}
