package dev.roost.ptt.auth;

import com.nimbusds.jose.jwk.Curve;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Map;
import java.util.Optional;

/** What a key is; each algorithm takes keys of one kind, so that a public key is never a secret, and no curve stands for another (RFC 8725, section 3.1). */
enum KeyKind {
  SECRET("a secret"),
  RSA("an RSA key"),
  P256("an EC key of the curve P-256"),
  P384("an EC key of the curve P-384"),
  P521("an EC key of the curve P-521"),
  ED25519("an Ed25519 key");

  /** RFC 7518, sections 3.3 and 3.5. */
  static final int MIN_RSA_BITS = 2_048;

  private static final Map<Curve, KeyKind> CURVES = Map.of(Curve.P_256, P256, Curve.P_384, P384, Curve.P_521, P521);

  private final String text;

  KeyKind(String text) {
    this.text = text;
  }

  /** The kind of a public key; empty if no algorithm here takes it. */
  static Optional<KeyKind> of(PublicKey key) {
    return Optional.ofNullable(switch (key) {
      case RSAPublicKey rsa -> rsa.getModulus().bitLength() < MIN_RSA_BITS ? null : RSA;
      case ECPublicKey ec -> Optional.ofNullable(Curve.forECParameterSpec(ec.getParams())).map(CURVES::get).orElse(null);
      case EdECPublicKey ed -> ed.getParams().getName().equals("Ed25519") ? ED25519 : null;
      default -> null;
    });
  }

  /** For people, with its article. */
  @Override
  public String toString() {
    return text;
  }
}
