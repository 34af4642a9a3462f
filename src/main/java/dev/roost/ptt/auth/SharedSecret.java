package dev.roost.ptt.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.MACVerifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The secret that the server shares with who makes its tokens. */
final class SharedSecret implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(SharedSecret.class);

  private final KeyRing keys;

  private SharedSecret(KeyRing keys) {
    this.keys = keys;
  }

  /** @param algorithms that are allowed; those of other keys are passed over */
  static SharedSecret of(String text, Collection<Algorithm> algorithms) {
    byte[] secret = text.getBytes(StandardCharsets.UTF_8);
    return new SharedSecret(new KeyRing(algorithms.stream().filter(Algorithm::isSymmetric).map(algorithm -> key(algorithm, secret)).toList()));
  }

  /** Says so where a secret could be guessed from one token; the longest hash asks for most. */
  static void warnIfShort(String text, Collection<Algorithm> algorithms) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    algorithms.stream().filter(Algorithm::isSymmetric).max(Algorithm::compareTo).filter(algorithm -> bytes < hashBytes(algorithm))
        .ifPresent(algorithm -> log.warn("PTT: SECRET_KEY has {} bytes, {} asks for {} (RFC 7518, section 3.2): who has a token can guess a short one", bytes, algorithm, hashBytes(algorithm)));
  }

  @Override
  public List<VerificationKey> fitting(Algorithm algorithm, String keyId) {
    return keys.fitting(algorithm, keyId);
  }

  /**
   * The library takes no secret that is shorter than the hash, but those of the old servers are. HMAC fills a key with zero bytes to the block size of its hash anyway (RFC 2104, section 2), so doing it
   * here changes no signature.
   */
  private static VerificationKey key(Algorithm algorithm, byte[] secret) {
    try {
      return new VerificationKey("", Set.of(algorithm), new MACVerifier(Arrays.copyOf(secret, Math.max(secret.length, blockBytes(algorithm)))));
    } catch (JOSEException e) {
      throw new IllegalStateException("A block is as long as the library asks", e);
    }
  }

  private static int hashBytes(Algorithm algorithm) {
    return algorithm == Algorithm.HS256 ? 32 : algorithm == Algorithm.HS384 ? 48 : 64;
  }

  private static int blockBytes(Algorithm algorithm) {
    return algorithm == Algorithm.HS256 ? 64 : 128;
  }
}
