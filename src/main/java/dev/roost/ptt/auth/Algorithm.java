package dev.roost.ptt.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The algorithms that a token may be signed with, if {@code JWT_ALGORITHMS} names them (RFC 7518, section 3; RFC 8037; RFC 9864). {@code none} is no algorithm. */
enum Algorithm {
  HS256(JWSAlgorithm.HS256, KeyKind.SECRET),
  HS384(JWSAlgorithm.HS384, KeyKind.SECRET),
  HS512(JWSAlgorithm.HS512, KeyKind.SECRET),
  RS256(JWSAlgorithm.RS256, KeyKind.RSA),
  RS384(JWSAlgorithm.RS384, KeyKind.RSA),
  RS512(JWSAlgorithm.RS512, KeyKind.RSA),
  PS256(JWSAlgorithm.PS256, KeyKind.RSA),
  PS384(JWSAlgorithm.PS384, KeyKind.RSA),
  PS512(JWSAlgorithm.PS512, KeyKind.RSA),
  ES256(JWSAlgorithm.ES256, KeyKind.P256),
  ES384(JWSAlgorithm.ES384, KeyKind.P384),
  ES512(JWSAlgorithm.ES512, KeyKind.P521),
  /** Of its two curves only Ed25519. */
  EDDSA(JWSAlgorithm.EdDSA, KeyKind.ED25519),
  ED25519(JWSAlgorithm.Ed25519, KeyKind.ED25519);

  private static final Map<String, Algorithm> BY_NAME = Arrays.stream(values()).collect(Collectors.toMap(Algorithm::toString, Function.identity()));

  private final JWSHeader header;
  private final KeyKind kind;

  Algorithm(JWSAlgorithm algorithm, KeyKind kind) {
    this.header = new JWSHeader(algorithm);
    this.kind = kind;
  }

  /** As a header names it, letter by letter. */
  static Optional<Algorithm> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** The names of all, for people. */
  static String names() {
    return Arrays.stream(values()).map(Algorithm::toString).collect(Collectors.joining(", "));
  }

  /** Those that take keys of one kind. */
  static List<Algorithm> of(KeyKind kind) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.kind == kind).toList();
  }

  KeyKind kind() {
    return kind;
  }

  /** Whether whoever can check a signature could also have made it. */
  boolean isSymmetric() {
    return kind == KeyKind.SECRET;
  }

  /** What the library asks for: a header that says the algorithm and nothing else. Those of tokens it never sees. */
  JWSHeader header() {
    return header;
  }

  /** The registered name. */
  @Override
  public String toString() {
    return header.getAlgorithm().getName();
  }
}
