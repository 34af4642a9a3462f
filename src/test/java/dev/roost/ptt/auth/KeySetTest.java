package dev.roost.ptt.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys of a JWK Set count, and for what. */
class KeySetTest {
  private static final Set<Algorithm> ALL = EnumSet.allOf(Algorithm.class);
  private static final String RSA = Jwks.rsa("r", Tokens.RSA);

  @Test
  @DisplayName("The example of RFC 8037, appendix A.4")
  void rfc8037() throws Exception {
    List<VerificationKey> keys = read("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
    CompactToken token = CompactToken.parse("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    assertThat(new String(token.payload(), StandardCharsets.US_ASCII)).isEqualTo("Example of Ed25519 signing");
    assertThat(keys).singleElement().satisfies(key -> assertThat(key.hasSigned(token)).isTrue());
  }

  @Test
  @DisplayName("The example of RFC 7515, appendix A.3")
  void rfc7515() throws Exception {
    List<VerificationKey> keys = read("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
    CompactToken token = CompactToken.parse("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    assertThat(keys).singleElement().satisfies(key -> assertThat(key.hasSigned(token)).isTrue());
  }

  @Test
  @DisplayName("A key is for every allowed algorithm of its kind, and of no other")
  void kinds() throws Exception {
    assertThat(read(RSA).getFirst().algorithms()).containsExactlyInAnyOrder(Algorithm.RS256, Algorithm.RS384, Algorithm.RS512, Algorithm.PS256, Algorithm.PS384, Algorithm.PS512);
    assertThat(read(Jwks.ec("e", Tokens.P256)).getFirst().algorithms()).containsExactly(Algorithm.ES256);
    assertThat(read(Jwks.ec("e", Tokens.P384)).getFirst().algorithms()).containsExactly(Algorithm.ES384);
    assertThat(read(Jwks.ec("e", Tokens.P521)).getFirst().algorithms()).containsExactly(Algorithm.ES512);
    assertThat(read(Jwks.ed25519("d", Tokens.ED25519)).getFirst().algorithms()).containsExactlyInAnyOrder(Algorithm.EDDSA, Algorithm.ED25519);
    assertThat(KeySet.read(bytes(Jwks.set(RSA)), EnumSet.of(Algorithm.RS384, Algorithm.HS256)).getFirst().algorithms()).containsExactly(Algorithm.RS384);
    assertThat(KeySet.read(bytes(Jwks.set(RSA)), EnumSet.of(Algorithm.ES256, Algorithm.HS256))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"\"alg\":\"RS512\"|RS512", "\"alg\":\"PS256\",\"use\":\"sig\"|PS256"})
  @DisplayName("The alg of a key says what it is for")
  void alg(String property, Algorithm algorithm) throws Exception {
    assertThat(read(Jwks.with(RSA, property)).getFirst().algorithms()).containsExactly(algorithm);
  }

  @Test
  @DisplayName("EdDSA and Ed25519 are two names of one algorithm")
  void twoNames() throws Exception {
    for (String name : new String[] {"EdDSA", "Ed25519"}) {
      assertThat(read(Jwks.with(Jwks.ed25519("d", Tokens.ED25519), "\"alg\":\"" + name + "\"")).getFirst().algorithms()).containsExactlyInAnyOrder(Algorithm.EDDSA, Algorithm.ED25519);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"use\":\"enc\"", "\"use\":\"other\"", "\"key_ops\":[\"encrypt\"]", "\"key_ops\":[]", "\"alg\":\"RSA-OAEP\"", "\"alg\":\"ES256\"", "\"alg\":\"HS256\"", "\"alg\":\"none\"", "\"kid\":7", "\"use\":[]"})
  @DisplayName("A key for something else is passed over, and the next one counts")
  void otherUses(String property) throws Exception {
    assertThat(read(Jwks.with(RSA.replace("\"kid\":\"r\",", ""), property), Jwks.ec("e", Tokens.P256))).extracting(VerificationKey::id).containsExactly("e");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"use\":\"sig\"", "\"key_ops\":[\"verify\"]", "\"key_ops\":[\"sign\",\"verify\"]", "\"x\":1", "\"alg\":\"RS256\""})
  @DisplayName("A key for signatures counts")
  void signatureKeys(String property) throws Exception {
    assertThat(read(Jwks.with(RSA, property))).extracting(VerificationKey::id).containsExactly("r");
  }

  @Test
  @DisplayName("Keys that are damaged, too short, unknown or secret are passed over")
  void unusable() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1_024);
    String shortKey = "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" + Tokens.encode(((RSAPublicKey) generator.generateKeyPair().getPublic()).getModulus().toByteArray()) + "\"}";
    String p256 = Jwks.ec("e", Tokens.P256);
    assertThat(read(shortKey, "7", "null", "[]", "\"x\"", "{}", "{\"kty\":\"XYZ\"}", "{\"kty\":\"RSA\"}", "{\"kty\":\"RSA\",\"e\":\"\",\"n\":\"\"}", "{\"kty\":\"oct\",\"k\":\"" + Tokens.encode("x".repeat(64)) + "\",\"alg\":\"HS256\"}",
        p256.replace("P-256", "P-384"), p256.replace("P-256", "secp256k1"), p256.replaceFirst("\"x\":\"...", "\"x\":\"AAA"), "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", RSA)).extracting(VerificationKey::id).containsExactly("r");
  }

  @Test
  @DisplayName("A key without kid, two keys with one, and more keys than count")
  void ids() throws Exception {
    assertThat(read(RSA.replace("\"kid\":\"r\",", ""))).extracting(VerificationKey::id).containsExactly("");
    assertThat(read(RSA, Jwks.ec("r", Tokens.P256))).extracting(VerificationKey::id).containsExactly("r", "r");
    String[] many = IntStream.range(0, KeySet.MAX_KEYS + 5).mapToObj(i -> Jwks.ed25519("k" + i, Tokens.ED25519)).toArray(String[]::new);
    assertThat(read(many)).hasSize(KeySet.MAX_KEYS).last().extracting(VerificationKey::id).isEqualTo("k" + (KeySet.MAX_KEYS - 1));
  }

  @Test
  @DisplayName("What is no JWK Set is said to be none")
  void noSet() {
    String deep = "{\"keys\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    for (String json : List.of("", "{}", "[]", "null", "7", "{\"keys\":{}}", "{\"keys\":7}", "{\"keys\":null}", "{\"keys\":[", "<html>", deep)) {
      assertThatThrownBy(() -> KeySet.read(bytes(json), ALL)).as(json.length() > 100 ? "deep" : json).isInstanceOf(IOException.class).hasMessage("it is no JWK Set");
    }
  }

  private static List<VerificationKey> read(String... keys) throws IOException {
    return KeySet.read(bytes(Arrays.stream(keys).collect(Collectors.joining(",", "{\"keys\":[", "]}"))), ALL);
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
