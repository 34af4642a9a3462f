package dev.roost.ptt.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the keys of a JWK Set (RFC 7517, section 5) that are of use; as section 5 asks, others are passed over: of a kind or curve that is not known here, damaged, too short, for encryption. */
final class KeySet {
  static final int MAX_KEYS = 100;

  /** A SubjectPublicKeyInfo of Ed25519 up to its 32 bytes (RFC 8410, section 4). */
  private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final int ED25519_BYTES = 32;
  private static final Set<String> ED_NAMES = Set.of(Algorithm.EDDSA.toString(), Algorithm.ED25519.toString());

  private KeySet() {}

  /**
   * The keys, each for those of some algorithms that fit it and that its {@code alg} allows.
   *
   * @throws IOException if this is no JWK Set
   */
  static List<VerificationKey> read(byte[] json, Collection<Algorithm> algorithms) throws IOException {
    if (!(parse(json).get("keys") instanceof List<?> all)) {
      throw new IOException("it is no JWK Set");
    }
    return all.stream().limit(MAX_KEYS).flatMap(key -> key instanceof Map<?, ?> members ? key(members, algorithms).stream() : Stream.empty()).toList();
  }

  private static Map<String, Object> parse(byte[] json) throws IOException {
    try {
      Map<String, Object> set = JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8));
      return set == null ? Map.of() : set;
    } catch (ParseException e) {
      throw new IOException("it is no JWK Set");
    }
  }

  private static Optional<VerificationKey> key(Map<?, ?> json, Collection<Algorithm> algorithms) {
    try {
      Map<String, Object> members = new HashMap<>();
      json.forEach((name, value) -> members.put((String) name, value));
      JWK key = JWK.parse(members);
      Optional<PublicKey> material = isForSignatures(key) ? material(key) : Optional.empty();
      String id = key.getKeyID() == null ? "" : key.getKeyID();
      return material.flatMap(found -> VerificationKey.of(id, found, algorithms.stream().filter(algorithm -> allows(key, algorithm)).toList()));
    } catch (ParseException | JOSEException | GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  private static boolean isForSignatures(JWK key) {
    return (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE)) && (key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY));
  }

  private static boolean allows(JWK key, Algorithm algorithm) {
    if (key.getAlgorithm() == null) {
      return true;
    }
    String name = key.getAlgorithm().getName();
    // Two names of one algorithm (RFC 9864).
    return name.equals(algorithm.toString()) || ED_NAMES.contains(name) && ED_NAMES.contains(algorithm.toString());
  }

  /** A secret ({@code oct}) that everybody can fetch is none, so it is never a key here. */
  private static Optional<PublicKey> material(JWK key) throws JOSEException, GeneralSecurityException {
    return switch (key) {
      case RSAKey rsa -> Optional.of(rsa.toRSAPublicKey());
      case ECKey ec -> Optional.of(ec.toECPublicKey());
      case OctetKeyPair pair when pair.getCurve().equals(Curve.Ed25519) && pair.getDecodedX().length == ED25519_BYTES -> Optional.of(ed25519(pair.getDecodedX()));
      default -> Optional.empty();
    };
  }

  private static PublicKey ed25519(byte[] point) throws GeneralSecurityException {
    byte[] encoded = Arrays.copyOf(ED25519_PREFIX, ED25519_PREFIX.length + ED25519_BYTES);
    System.arraycopy(point, 0, encoded, ED25519_PREFIX.length, ED25519_BYTES);
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
  }
}
