package dev.roost.core;

import java.util.random.RandomGenerator;

/** Random parts of ids: lower-case letters and digits, as all five originals use them. */
public final class RandomIds {
  private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

  private final RandomGenerator random;

  /**
   * @param random where the randomness comes from: {@code SecureRandom} in production, a seeded one in tests. An id that gives
   *     access must come from a secure one.
   */
  public RandomIds(RandomGenerator random) {
    this.random = random;
  }

  /** So many characters of {@code [a-z0-9]}; as thread-safe as the generator is. */
  public String next(int length) {
    char[] characters = new char[length];
    for (int i = 0; i < length; i++) {
      characters[i] = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
    }
    return new String(characters);
  }
}
