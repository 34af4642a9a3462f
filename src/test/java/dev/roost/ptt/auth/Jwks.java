package dev.roost.ptt.auth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;

/** Sets of public keys as addresses give them out. */
final class Jwks {
  private static final int ED25519_BYTES = 32;

  private Jwks() {}

  static String set(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  static String rsa(String id, KeyPair keys) {
    return new RSAKey.Builder((RSAPublicKey) keys.getPublic()).keyID(id).build().toJSONString();
  }

  static String ec(String id, KeyPair keys) {
    ECPublicKey key = (ECPublicKey) keys.getPublic();
    return new ECKey.Builder(Curve.forECParameterSpec(key.getParams()), key).keyID(id).build().toJSONString();
  }

  static String ed25519(String id, KeyPair keys) {
    byte[] encoded = keys.getPublic().getEncoded();
    return "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"" + id + "\",\"x\":\"" + Tokens.encode(Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length)) + "\"}";
  }

  /** A key with one more property. */
  static String with(String key, String property) {
    return key.substring(0, key.length() - 1) + "," + property + "}";
  }
}
