package dev.roost.ptt.auth;

import static dev.roost.ptt.auth.Tokens.HEADER;
import static dev.roost.ptt.auth.Tokens.SECRET;
import static dev.roost.ptt.auth.Tokens.encode;
import static dev.roost.ptt.auth.Tokens.hmac;
import static dev.roost.ptt.auth.Tokens.hs256;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.sim.SimLoop;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that are signed with a secret, and what pretends to be one (contract, scenario 23). */
class SecretTokenTest {
  private static final String ADA = "{\"uid\":\"ada\"}";

  private static final SimLoop LOOP = new SimLoop();
  private static final Authenticator USUAL = Tokens.open(LOOP, "SECRET_KEY", SECRET);

  private Authenticator authenticator = USUAL;

  @Test
  @DisplayName("A good token says who it is")
  void good() {
    assertThat(Tokens.accepted(authenticator, hs256(ADA)).userId()).isEqualTo("ada");
  }

  @Test
  @DisplayName("A token that PyJWT made is good: a short secret is filled as HMAC fills it")
  void madeElsewhere() {
    // RFC 7519 as jwt.io shows it, which every library knows.
    authenticator = Tokens.open(LOOP, "SECRET_KEY", "your-256-bit-secret");
    assertThat(Tokens.accepted(authenticator, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c").userId()).isEqualTo("1234567890");
  }

  @ParameterizedTest
  @CsvSource({"HS256, HmacSHA256", "HS384, HmacSHA384", "HS512, HmacSHA512"})
  @DisplayName("Every hash, with secrets of every length around its block")
  void hashes(String algorithm, String mac) throws Exception {
    for (int length : new int[] {1, 20, 31, 32, 47, 48, 63, 64, 65, 127, 128, 129, 300}) {
      String secret = "ß" + "k".repeat(length - 1);
      byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
      Authenticator one = Tokens.open(LOOP, "SECRET_KEY", secret, "JWT_ALGORITHMS", algorithm);
      assertThat(Tokens.accepted(one, hmac(mac, "{\"alg\":\"" + algorithm + "\"}", ADA, bytes)).userId()).isEqualTo("ada");
      assertThat(Tokens.verify(one, hmac(mac, "{\"alg\":\"" + algorithm + "\"}", ADA, (secret + "x").getBytes(StandardCharsets.UTF_8)))).isInstanceOf(Verdict.Refused.class);
      if (bytes.length >= 64) {
        JWSObject token = new JWSObject(new JWSHeader(JWSAlgorithm.parse(algorithm)), new Payload(ADA));
        token.sign(new MACSigner(bytes));
        assertThat(Tokens.accepted(one, token.serialize()).userId()).isEqualTo("ada");
      }
    }
  }

  @Test
  @DisplayName("An algorithm that is not named is refused, also where the key would fit")
  void allowList() {
    String token = hmac("HmacSHA512", "{\"alg\":\"HS512\"}", ADA, SECRET.getBytes(StandardCharsets.UTF_8));
    refused(token, "its algorithm is not among JWT_ALGORITHMS");
    authenticator = Tokens.open(LOOP, "SECRET_KEY", SECRET, "JWT_ALGORITHMS", "HS256, HS512");
    assertThat(Tokens.accepted(authenticator, token).userId()).isEqualTo("ada");
    assertThat(Tokens.accepted(authenticator, hs256(ADA)).userId()).isEqualTo("ada");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", "hs256", "HS256 ", "RS256", "ES256", "EdDSA", "ES256K", "A128KW", "dir", ""})
  @DisplayName("The header's algorithm never widens the list")
  void headerAlgorithm(String algorithm) {
    String header = encode("{\"alg\":\"" + algorithm + "\"}");
    String signature = hs256(ADA).substring(hs256(ADA).lastIndexOf('.'));
    refused(hs256("{\"alg\":\"" + algorithm + "\"}", ADA));
    refused(header + "." + encode(ADA) + ".");
    refused(header + "." + encode(ADA));
    refused(header + "." + encode(ADA) + signature);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"alg\":null}", "{\"alg\":[\"HS256\"]}", "{\"alg\":256}", "{\"alg\":true}", "[\"HS256\"]", "\"HS256\"", "null", "", "{\"alg\":\"HS256\"", "{\"alg\":\"HS256\"} x", "{alg:\"HS256\"}",
      "{\"ALG\":\"HS256\"}", "{\"alg\":\"none\",\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"kid\":\"a\",\"kid\":\"b\"}", "{\"alg\":\"HS256\",\"kid\":7}", "{\"alg\":\"HS256\",\"kid\":null}",
      "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "{\"alg\":\"HS256\",\"crit\":[]}", "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{\"alg\":\"HS256\",\"b64\":false}"})
  @DisplayName("Headers that are damaged, say something twice, or ask for what the server does not do")
  void badHeaders(String header) {
    refused(hs256(header, ADA));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"cty\":\"x\"}", " {\"alg\" : \"HS256\"}\r\n", "{\"kid\":\"any\",\"alg\":\"HS256\"}", "{\"\\u0061lg\":\"HS256\"}", "{\"alg\":\"HS256\",\"b64\":true}",
      "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},\"jku\":\"http://127.0.0.1:9/\"}"})
  @DisplayName("Headers that say more than counts")
  void goodHeaders(String header) {
    assertThat(Tokens.accepted(authenticator, hs256(header, ADA)).userId()).isEqualTo("ada");
  }

  @Test
  @DisplayName("A token does not bring its own key")
  void ownKey() {
    String header = "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"" + encode("mine") + "\"}}";
    refused(hmac("HmacSHA256", header, ADA, "mine".getBytes(StandardCharsets.UTF_8)), "no key of the server has signed it");
  }

  @Test
  @DisplayName("Another key, a changed payload, a changed header, a cut, longer, empty or foreign signature")
  void otherSignatures() {
    String token = hs256(ADA);
    String[] parts = token.split("\\.");
    refused(hmac("HmacSHA256", HEADER, ADA, "another".getBytes(StandardCharsets.UTF_8)));
    refused(hmac("HmacSHA256", HEADER, ADA, new byte[64]));
    refused(parts[0] + "." + encode("{\"uid\":\"eve\"}") + "." + parts[2]);
    refused(encode("{\"typ\":\"JWT\",\"alg\":\"HS256\"}") + "." + parts[1] + "." + parts[2]);
    refused(token.substring(0, token.length() - 4));
    refused(token + "AAAA");
    refused(parts[0] + "." + parts[1] + ".AAAA");
    refused(parts[0] + "." + parts[1] + "." + encode(new byte[32]));
    refused(hs256("{\"uid\":\"eve\"}").replaceFirst("\\.[^.]*$", "." + parts[2]));
    // The same secret with another hash, under the header of this one.
    refused(hmac("HmacSHA384", HEADER, ADA, SECRET.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  @DisplayName("No character of a token can be another one")
  void everyCharacterCounts() {
    String token = hs256(ADA);
    // Of the last character of a signature of 32 bytes two bits are nothing.
    for (int i = 0; i < token.length() - 1; i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      refused(token.substring(0, i) + other + token.substring(i + 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "garbage", "!.!.!", "eyJ.eyJ.eyJ", "\0.\0.\0", "é.é.é", "😀.😀.😀", "Bearer x.y.z", "null", "undefined", "{}", "voiceping_tcp", "a..b", ".a.b", "..a"})
  @DisplayName("Garbage")
  void garbage(String token) {
    refused(token);
  }

  @Test
  @DisplayName("base64 of another kind: padded, with blanks, with the other alphabet, cut in the middle of a byte")
  void otherBase64() {
    String[] parts = hs256("{\"uid\":\"ÿÿÿ>>>???\"}").split("\\.");
    assertThat(parts[1]).as("has a character that only one alphabet has").containsPattern("[-_]");
    refused(parts[0] + "." + parts[1].replace('-', '+').replace('_', '/') + "." + parts[2]);
    refused(parts[0] + "." + parts[1] + "." + parts[2] + "=");
    refused(parts[0] + "=." + parts[1] + "." + parts[2]);
    refused(parts[0] + "." + parts[1] + "." + parts[2] + "\n");
    refused(" " + String.join(".", parts));
    refused(parts[0] + "." + parts[1] + "." + parts[2].substring(0, 20) + " " + parts[2].substring(20));
    refused(parts[0] + "." + parts[1] + "." + parts[2] + "A");
    refused(parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[2]);
  }

  @Test
  @DisplayName("16 KB are enough for a token; a megabyte costs nothing")
  void length() {
    String header = encode(HEADER);
    int payload = (CompactToken.MAX_LENGTH - header.length() - 2 - 43) / 4 * 3;
    String claims = "{\"uid\":\"ada\",\"x\":\"" + "x".repeat(payload - ADA.length() - 7) + "\"}";
    assertThat(hs256(claims).length()).isBetween(CompactToken.MAX_LENGTH - 3, CompactToken.MAX_LENGTH);
    assertThat(Tokens.accepted(authenticator, hs256(claims)).userId()).isEqualTo("ada");
    refused(hs256("{\"uid\":\"ada\",\"x\":\"" + "x".repeat(payload) + "\"}"), "it is longer than 16384 characters");
    refused("x".repeat(1 << 20));
    refused(".".repeat(1 << 20));
  }

  @Test
  @DisplayName("Deep nesting in the header and in the payload")
  void deep() {
    String deep = "[".repeat(5_000) + "]".repeat(5_000);
    assertThat(Tokens.accepted(authenticator, hs256("{\"x\":" + deep + ",\"uid\":\"ada\"}")).userId()).isEqualTo("ada");
    assertThat(Tokens.accepted(authenticator, hs256("{\"alg\":\"HS256\",\"x\":" + deep + "}", ADA)).userId()).isEqualTo("ada");
    String deeper = "[".repeat(12_000);
    refused(hs256("{\"alg\":\"HS256\",\"x\":" + deeper, ADA));
    assertThat(Tokens.verify(authenticator, hs256(deeper))).isInstanceOf(Verdict.Nameless.class);
    assertThat(Tokens.verify(authenticator, hs256("{\"x\":" + deeper))).isInstanceOf(Verdict.Nameless.class);
  }

  @Test
  @DisplayName("What is said of a refused token holds nothing of it")
  void saysNothing() {
    for (String token : new String[] {"SENTINEL.SENTINEL.SENTINEL", hs256("{\"alg\":\"SENTINEL\"}", ADA), hs256("{\"alg\":\"HS256\",\"SENTINEL\":1,\"SENTINEL\":2}", ADA), hs256(HEADER, ADA) + "SENTINEL"}) {
      assertThat(refused(token)).doesNotContain("SENTINEL").isNotBlank();
    }
  }

  @Test
  @DisplayName("The role of a header or the query counts for nothing")
  void roleHint() {
    assertThat(authenticator.verify(hs256(ADA), Optional.of("dashboard"))).isEqualTo(new Verdict.Accepted(new Identity("ada", Identity.Role.MOBILE, Set.of())));
  }

  private String refused(String token) {
    Verdict verdict = Tokens.verify(authenticator, token);
    assertThat(verdict).as(token.length() > 500 ? "long" : token).isInstanceOf(Verdict.Refused.class);
    return ((Verdict.Refused) verdict).why();
  }

  private void refused(String token, String why) {
    assertThat(refused(token)).isEqualTo(why);
  }
}
