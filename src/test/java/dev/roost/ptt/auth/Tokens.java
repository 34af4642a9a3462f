package dev.roost.ptt.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import dev.roost.core.Settings;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.sim.SimLoop;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens made by hand and by the library, and what becomes of them. */
final class Tokens {
  /** The key of the original's tests, shorter than the library takes. */
  static final String SECRET = "voiceping2359staging";
  static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  static final KeyPair RSA = pair("RSA", "");
  static final KeyPair OTHER_RSA = pair("RSA", "");
  static final KeyPair P256 = pair("EC", "secp256r1");
  static final KeyPair P384 = pair("EC", "secp384r1");
  static final KeyPair P521 = pair("EC", "secp521r1");
  static final KeyPair ED25519 = pair("Ed25519", "");

  private Tokens() {}

  static KeyPair pair(String algorithm, String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (!curve.isEmpty()) {
        generator.initialize(new ECGenParameterSpec(curve));
      } else if (algorithm.equals("RSA")) {
        generator.initialize(KeyKind.MIN_RSA_BITS);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static Authenticator open(SimLoop loop, String... namesAndValues) {
    return Authenticator.open(settings(namesAndValues), loop);
  }

  static Settings settings(String... namesAndValues) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Settings(Map.of(), values, Map.of());
  }

  static Verdict verify(Authenticator authenticator, String token) {
    return authenticator.verify(token, Optional.empty());
  }

  static Identity accepted(Authenticator authenticator, String token) {
    Verdict verdict = verify(authenticator, token);
    assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
    return ((Verdict.Accepted) verdict).identity();
  }

  /** HMAC by Java alone, with any header and payload. */
  static String hs256(String header, String payload) {
    return hmac("HmacSHA256", header, payload, SECRET.getBytes(StandardCharsets.UTF_8));
  }

  static String hs256(String payload) {
    return hs256(HEADER, payload);
  }

  static String hmac(String mac, String header, byte[] payload) {
    return hmac(mac, header, payload, SECRET.getBytes(StandardCharsets.UTF_8));
  }

  static String hmac(String mac, String header, String payload, byte[] secret) {
    return hmac(mac, header, payload.getBytes(StandardCharsets.UTF_8), secret);
  }

  private static String hmac(String mac, String header, byte[] payload, byte[] secret) {
    String signed = encode(header) + "." + encode(payload);
    try {
      Mac hash = Mac.getInstance(mac);
      hash.init(new SecretKeySpec(secret, mac));
      return signed + "." + encode(hash.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A token by the library's signers; Ed25519, for which it has none without more libraries, by Java. */
  static String signed(String algorithm, String keyId, String payload, KeyPair keys) {
    if (keys.getPrivate().getAlgorithm().equals("EdDSA")) {
      return ed25519(algorithm, keyId, payload, keys);
    }
    try {
      JWSSigner signer = keys.getPrivate() instanceof ECPrivateKey ec ? new ECDSASigner(ec) : new RSASSASigner(keys.getPrivate());
      JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.parse(algorithm));
      JWSObject token = new JWSObject((keyId.isEmpty() ? header : header.keyID(keyId)).build(), new Payload(payload));
      token.sign(signer);
      return token.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static String ed25519(String algorithm, String keyId, String payload, KeyPair keys) {
    String header = "{\"alg\":\"" + algorithm + "\"" + (keyId.isEmpty() ? "" : ",\"kid\":\"" + keyId + "\"") + "}";
    String signed = encode(header) + "." + encode(payload);
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(keys.getPrivate());
      signer.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encode(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END PUBLIC KEY-----\n";
  }

  static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
