package dev.roost.ptt.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A key that signatures are checked with. Any thread.
 *
 * @param id its {@code kid}; empty where it has none, and then it fits every token
 * @param algorithms what it is used for: algorithms of its kind, and only those that the server allows
 */
record VerificationKey(String id, Set<Algorithm> algorithms, JWSVerifier verifier) {

  VerificationKey {
    algorithms = Set.copyOf(algorithms);
  }

  /**
   * A public key.
   *
   * @param algorithms for which it may be used, if its kind is theirs
   * @return empty if it is good for none of them
   */
  static Optional<VerificationKey> of(String id, PublicKey key, Collection<Algorithm> algorithms) {
    Set<Algorithm> usable = KeyKind.of(key).stream().flatMap(kind -> Algorithm.of(kind).stream()).filter(algorithms::contains).collect(Collectors.toSet());
    return usable.isEmpty() ? Optional.empty() : Optional.of(new VerificationKey(id, usable, verifier(key)));
  }

  /** Whether this key has signed a token. The library's verifiers refuse algorithms of other kinds themselves, too. */
  boolean hasSigned(CompactToken token) {
    try {
      return verifier.verify(token.algorithm().header(), token.signed(), token.signature());
    } catch (JOSEException e) {
      // A signature of another length or form.
      return false;
    }
  }

  private static JWSVerifier verifier(PublicKey key) {
    try {
      return switch (key) {
        case RSAPublicKey rsa -> new RSASSAVerifier(rsa);
        case ECPublicKey ec -> new ECDSAVerifier(ec);
        case EdECPublicKey ed -> new EdVerifier(ed);
        default -> throw new IllegalArgumentException("No algorithm takes a key of " + key.getAlgorithm());
      };
    } catch (JOSEException e) {
      throw new IllegalArgumentException("The library does not know the curve", e);
    }
  }
}
