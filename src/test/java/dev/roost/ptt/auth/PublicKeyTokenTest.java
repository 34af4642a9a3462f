package dev.roost.ptt.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.sim.SimLoop;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that are signed with a private key, and the file with the public ones. */
class PublicKeyTokenTest {
  private static final String ADA = "{\"uid\":\"ada\"}";
  private static final String EVERY = "RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,Ed25519";

  @TempDir
  private Path folder;
  private final SimLoop loop = new SimLoop();
  /** Times of files are set, not waited for. */
  private long seconds = 1_000_000;

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
  @DisplayName("Every algorithm, with its key, another one, and a changed payload")
  void algorithms(String algorithm) throws Exception {
    KeyPair keys = keysFor(algorithm);
    Authenticator authenticator = open(algorithm, keys);
    String token = Tokens.signed(algorithm, "", ADA, keys);
    assertThat(Tokens.accepted(authenticator, token).userId()).isEqualTo("ada");
    assertThat(Tokens.accepted(authenticator, Tokens.signed(algorithm, "some-id", ADA, keys)).userId()).isEqualTo("ada");
    KeyPair other = Tokens.pair(keys.getPrivate().getAlgorithm().equals("EdDSA") ? "Ed25519" : keys.getPrivate().getAlgorithm(), curve(algorithm));
    assertRefused(authenticator, Tokens.signed(algorithm, "", ADA, other));
    String[] parts = token.split("\\.");
    assertRefused(authenticator, parts[0] + "." + Tokens.encode("{\"uid\":\"eve\"}") + "." + parts[2]);
    assertRefused(authenticator, parts[0] + "." + parts[1] + "." + parts[2].substring(4));
    assertRefused(authenticator, parts[0] + "." + parts[1] + "." + parts[2] + "AAAA");
    assertRefused(authenticator, parts[0] + "." + parts[1] + ".AAAA");
    assertRefused(authenticator, parts[0] + "." + parts[1] + "." + Tokens.encode(new byte[Base64.getUrlDecoder().decode(parts[2]).length]));
    assertThat(Tokens.verify(authenticator, Tokens.signed(algorithm, "", "{}", keys))).isInstanceOf(Verdict.Nameless.class);
    assertThat(Tokens.verify(authenticator, Tokens.signed(algorithm, "", "{\"uid\":\"a\",\"exp\":0}", keys))).isEqualTo(new Verdict.Refused("it has expired"));
  }

  @Test
  @DisplayName("The signature of one algorithm is none of another, though the server has all keys")
  void everyPair() throws Exception {
    Authenticator authenticator = open(EVERY, Tokens.RSA, Tokens.P256, Tokens.P384, Tokens.P521, Tokens.ED25519);
    for (String made : EVERY.split(",")) {
      String[] parts = Tokens.signed(made, "", ADA, keysFor(made)).split("\\.");
      for (String said : EVERY.split(",")) {
        String token = Tokens.encode("{\"alg\":\"" + said + "\"}") + "." + parts[1] + "." + parts[2];
        // The library writes the header in the same way, so that one is the token as it was.
        assertThat(Tokens.verify(authenticator, token) instanceof Verdict.Accepted).as(made + " as " + said).isEqualTo(made.equals(said));
      }
    }
  }

  @Test
  @DisplayName("A public key is never a secret")
  void confusion() throws Exception {
    Path file = write("keys.pem", Tokens.RSA);
    byte[] der = Tokens.RSA.getPublic().getEncoded();
    String text = Files.readString(file);
    Authenticator publicOnly = Tokens.open(loop, "JWT_ALGORITHMS", "RS256", "JWT_PUBLIC_KEY", file.toString());
    Authenticator both = Tokens.open(loop, "JWT_ALGORITHMS", "RS256,HS256", "JWT_PUBLIC_KEY", file.toString(), "SECRET_KEY", Tokens.SECRET);
    for (byte[] secret : new byte[][] {text.getBytes(StandardCharsets.UTF_8), text.strip().getBytes(StandardCharsets.UTF_8), text.replace("\r", "").getBytes(StandardCharsets.UTF_8), der,
        Base64.getEncoder().encode(der), file.toString().getBytes(StandardCharsets.UTF_8)}) {
      for (String header : new String[] {"{\"alg\":\"HS256\"}", "{\"alg\":\"RS256\"}"}) {
        assertRefused(publicOnly, Tokens.hmac("HmacSHA256", header, ADA, secret));
        assertRefused(both, Tokens.hmac("HmacSHA256", header, ADA, secret));
      }
    }
    assertRefused(both, Tokens.hs256("{\"alg\":\"RS256\"}", ADA));
    assertThat(Tokens.accepted(both, Tokens.hs256(ADA)).userId()).isEqualTo("ada");
    assertThat(Tokens.accepted(both, Tokens.signed("RS256", "", ADA, Tokens.RSA)).userId()).isEqualTo("ada");
    assertThat(Tokens.verify(publicOnly, Tokens.hs256(ADA))).isEqualTo(new Verdict.Refused("its algorithm is not among JWT_ALGORITHMS"));
  }

  @Test
  @DisplayName("An algorithm of elliptic curves has one curve")
  void curves() throws Exception {
    Authenticator authenticator = open("ES256,ES384", Tokens.P256, Tokens.P384);
    String signed = Tokens.encode("{\"alg\":\"ES256\"}") + "." + Tokens.encode(ADA);
    assertThat(Tokens.accepted(authenticator, signed + "." + plainEcdsa(signed, Tokens.P256)).userId()).isEqualTo("ada");
    assertRefused(authenticator, signed + "." + plainEcdsa(signed, Tokens.P384));
  }

  @Test
  @DisplayName("A certificate is as good as its key, and text around the blocks does not matter")
  void certificates() throws Exception {
    var bundle = new CertificateBuilder().subject("CN=issuer").setIsCertificateAuthority(true).algorithm(CertificateBuilder.Algorithm.rsa2048).buildSelfSigned();
    Path file = folder.resolve("cert.pem");
    Files.writeString(file, "Bag Attributes\n  friendlyName: issuer\n" + bundle.getCertificatePEM() + "\nthe end\n");
    Authenticator authenticator = Tokens.open(loop, "JWT_ALGORITHMS", "RS256", "JWT_PUBLIC_KEY", file.toString());
    assertThat(Tokens.accepted(authenticator, Tokens.signed("RS256", "", ADA, bundle.getKeyPair())).userId()).isEqualTo("ada");
    assertRefused(authenticator, Tokens.signed("RS256", "", ADA, Tokens.RSA));
  }

  @Test
  @DisplayName("Several keys in a file: four of a kind are tried")
  void several() throws Exception {
    KeyPair[] keys = new KeyPair[TokenAuthenticator.MAX_TRIED_KEYS + 1];
    Arrays.setAll(keys, i -> Tokens.pair("EC", "secp256r1"));
    Authenticator authenticator = open("ES256,RS256", Tokens.RSA, keys[0], keys[1], keys[2], keys[3], keys[4]);
    for (int i = 0; i < TokenAuthenticator.MAX_TRIED_KEYS; i++) {
      assertThat(Tokens.accepted(authenticator, Tokens.signed("ES256", "", ADA, keys[i])).userId()).isEqualTo("ada");
    }
    assertRefused(authenticator, Tokens.signed("ES256", "", ADA, keys[TokenAuthenticator.MAX_TRIED_KEYS]));
    assertThat(Tokens.accepted(authenticator, Tokens.signed("RS256", "", ADA, Tokens.RSA)).userId()).isEqualTo("ada");
  }

  @Test
  @DisplayName("A file that cannot be used is said in one line")
  void badFiles() throws Exception {
    assertFault("RS256", null, "there is no file FILE");
    assertFault("RS256", "", "FILE holds no public key (-----BEGIN PUBLIC KEY-----)");
    assertFault("RS256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "FILE holds a key that is damaged, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519");
    assertFault("RS256", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "FILE is damaged: a block CERTIFICATE cannot be read");
    assertFault("RS256", Tokens.pem(Tokens.RSA.getPublic()).replace("PUBLIC", "PRIVATE"),
        "FILE holds a private key, which only who signs tokens should have; take the public one: openssl pkey -in FILE -pubout -out public-key.pem");
    assertFault("RS256", Tokens.pem(Tokens.RSA.getPublic()).replace("PUBLIC", "RSA PUBLIC"), "FILE has an old form (RSA PUBLIC KEY); convert it: openssl rsa -RSAPublicKey_in -in FILE -pubout -out new-key.pem");
    assertFault("RS256", Tokens.pem(Tokens.RSA.getPublic()).replace("PUBLIC KEY", "CERTIFICATE REQUEST"), "FILE holds something else than public keys: CERTIFICATE REQUEST");
    assertFault("RS256", "x".repeat(2 << 20), "FILE is too long for a PEM file");
    assertFault("RS256", Tokens.pem(Tokens.RSA.getPublic()) + Tokens.pem(Tokens.P256.getPublic()), "FILE holds an EC key of the curve P-256, and JWT_ALGORITHMS names no algorithm for it");
    assertFault("ES256", Tokens.pem(Tokens.P384.getPublic()), "FILE holds an EC key of the curve P-384, and JWT_ALGORITHMS names no algorithm for it");
    assertFault("RS256,ES256", Tokens.pem(Tokens.RSA.getPublic()), "FILE does not hold an EC key of the curve P-256, which ES256 of JWT_ALGORITHMS needs");
    assertFault("EdDSA", Tokens.pem(Tokens.pair("Ed448", "").getPublic()), "FILE holds a key that is damaged, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519");
  }

  @Test
  @DisplayName("An RSA key of less than 2048 bits is none (RFC 7518, section 3.3)")
  void shortKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1_024);
    assertFault("RS256", Tokens.pem(generator.generateKeyPair().getPublic()), "FILE holds a key that is too short or of another curve (RSA), and JWT_ALGORITHMS names no algorithm for it");
  }

  @Test
  @DisplayName("A changed file is read when it has come to rest; one that cannot be used changes nothing")
  void reload() throws Exception {
    Path path = write("keys.pem", Tokens.RSA);
    KeyFile file = KeyFile.open(path, List.of(Algorithm.RS256), true);
    assertThat(hasSigned(file, Tokens.RSA)).isTrue();
    touch(path, Tokens.pem(Tokens.OTHER_RSA.getPublic()));
    file.look();
    assertThat(hasSigned(file, Tokens.RSA)).as("it could still be written").isTrue();
    file.look();
    assertThat(hasSigned(file, Tokens.RSA)).isFalse();
    assertThat(hasSigned(file, Tokens.OTHER_RSA)).isTrue();
    for (String bad : new String[] {"", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", Tokens.pem(Tokens.P256.getPublic())}) {
      touch(path, bad);
      file.look();
      file.look();
      assertThat(hasSigned(file, Tokens.OTHER_RSA)).isTrue();
    }
    Files.delete(path);
    file.look();
    file.look();
    assertThat(hasSigned(file, Tokens.OTHER_RSA)).isTrue();
    touch(path, Tokens.pem(Tokens.RSA.getPublic()) + Tokens.pem(Tokens.OTHER_RSA.getPublic()));
    file.look();
    file.look();
    assertThat(hasSigned(file, Tokens.RSA) && hasSigned(file, Tokens.OTHER_RSA)).isTrue();
  }

  @Test
  @DisplayName("The loop looks at the file, until the authenticator is closed")
  void watched() throws Exception {
    Path path = write("keys.pem", Tokens.RSA);
    Authenticator authenticator = Tokens.open(loop, "JWT_ALGORITHMS", "RS256", "JWT_PUBLIC_KEY", path.toString());
    touch(path, Tokens.pem(Tokens.OTHER_RSA.getPublic()));
    String token = Tokens.signed("RS256", "", ADA, Tokens.OTHER_RSA);
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (Tokens.verify(authenticator, token) instanceof Verdict.Refused) {
      assertThat(System.nanoTime()).isLessThan(end);
      loop.pass(Duration.ofSeconds(2));
    }
    authenticator.close();
    assertThat(loop.timers()).isZero();
  }

  private static boolean hasSigned(KeyFile file, KeyPair keys) throws RefusedException {
    CompactToken token = CompactToken.parse(Tokens.signed("RS256", "", ADA, keys));
    return file.fitting(Algorithm.RS256, "").stream().anyMatch(key -> key.hasSigned(token));
  }

  private static KeyPair keysFor(String algorithm) {
    return switch (algorithm) {
      case "ES256" -> Tokens.P256;
      case "ES384" -> Tokens.P384;
      case "ES512" -> Tokens.P521;
      case "EdDSA", "Ed25519" -> Tokens.ED25519;
      default -> Tokens.RSA;
    };
  }

  private static String curve(String algorithm) {
    return switch (algorithm) {
      case "ES256" -> "secp256r1";
      case "ES384" -> "secp384r1";
      case "ES512" -> "secp521r1";
      default -> "";
    };
  }

  private static String plainEcdsa(String signed, KeyPair keys) throws Exception {
    Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
    signer.initSign(keys.getPrivate());
    signer.update(signed.getBytes(StandardCharsets.US_ASCII));
    return Tokens.encode(signer.sign());
  }

  private Authenticator open(String algorithms, KeyPair... keys) throws IOException {
    return Tokens.open(loop, "JWT_ALGORITHMS", algorithms, "JWT_PUBLIC_KEY", write("keys.pem", keys).toString());
  }

  private Path write(String name, KeyPair... keys) throws IOException {
    Path file = folder.resolve(name);
    touch(file, Arrays.stream(keys).map(pair -> Tokens.pem(pair.getPublic())).collect(Collectors.joining()));
    return file;
  }

  private void touch(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(seconds++ * 1_000));
  }

  private void assertFault(String algorithms, String content, String fault) throws IOException {
    Path file = folder.resolve("bad.pem");
    Files.deleteIfExists(file);
    if (content != null) {
      Files.writeString(file, content);
    }
    assertThatThrownBy(() -> Authenticator.check(Tokens.settings("JWT_ALGORITHMS", algorithms, "JWT_PUBLIC_KEY", file.toString()))).isInstanceOf(SettingException.class)
        .hasMessage("JWT_PUBLIC_KEY (from the environment): " + fault.replace("FILE", file.toString()));
  }

  private static void assertRefused(Authenticator authenticator, String token) {
    assertThat(Tokens.verify(authenticator, token)).isInstanceOf(Verdict.Refused.class);
  }
}
