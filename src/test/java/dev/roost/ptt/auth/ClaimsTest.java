package dev.roost.ptt.auth;

import static dev.roost.ptt.auth.Tokens.hs256;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.ptt.auth.Identity.Role;
import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a token says, once its signature is good (contract, section 1.2). */
class ClaimsTest {
  /** 2026-01-01, in seconds: the time of the loop. */
  private static final long NOW = 1_767_225_600;

  private static final Authenticator AUTHENTICATOR = Tokens.open(new SimLoop(), "SECRET_KEY", Tokens.SECRET);

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "uid|a", "user_id|a", "TELENET_userId|a", "userId|a", "sub|a", "id|a"})
  @DisplayName("Each of the claims that can name a user")
  void names(String claim, String id) {
    assertUser("{\"" + claim + "\":\"" + id + "\"}", id);
  }

  @Test
  @DisplayName("The first that is present counts, in the order of the contract and not of the payload")
  void order() {
    assertUser("{\"id\":\"6\",\"sub\":\"5\",\"userId\":\"4\",\"TELENET_userId\":\"3\",\"user_id\":\"2\",\"uid\":\"1\"}", "1");
    assertUser("{\"id\":\"6\",\"sub\":\"5\",\"userId\":\"4\",\"TELENET_userId\":\"3\",\"user_id\":\"2\"}", "2");
    assertUser("{\"id\":\"6\",\"sub\":\"5\",\"userId\":\"4\",\"TELENET_userId\":\"3\"}", "3");
    assertUser("{\"id\":\"6\",\"sub\":\"5\",\"userId\":\"4\"}", "4");
    assertUser("{\"id\":\"6\",\"sub\":\"5\"}", "5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"\"", "false", "0", "-0", "0.0", "0e5", "1e-400"})
  @DisplayName("What is not true in JavaScript is not present: the next claim counts")
  void notPresent(String value) {
    assertUser("{\"uid\":" + value + ",\"sub\":\"ada\"}", "ada");
    assertNameless("{\"uid\":" + value + "}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "{}", "[]", "{\"id\":\"x\"}", "[\"x\"]", "1.5", "1e21", "1e400", "-1e999999999", "\"a\\u0000b\"", "\"\\n\"", "\"\\u007f\"", "\"\\u0085\"", "\"\\ud800\""})
  @DisplayName("What is present and can be nobody names nobody, whatever the other claims say")
  void nobody(String value) {
    assertNameless("{\"uid\":" + value + ",\"sub\":\"ada\"}");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"7|7", "-7|-7", "42.0|42", "1e3|1000", "1.5e1|15", "12E2|1200", "9007199254740993|9007199254740993", "123456789012345678901234567890|123456789012345678901234567890", "1e20|100000000000000000000"})
  @DisplayName("Integers are written without exponent and fraction, and exactly")
  void integers(String value, String id) {
    assertUser("{\"uid\":" + value + "}", id);
  }

  @Test
  @DisplayName("1 to 128 characters, any but control characters")
  void lengths() {
    assertUser("{\"uid\":\"" + "x".repeat(128) + "\"}", "x".repeat(128));
    assertNameless("{\"uid\":\"" + "x".repeat(129) + "\"}");
    assertUser("{\"uid\":" + "9".repeat(128) + "}", "9".repeat(128));
    assertNameless("{\"uid\":" + "9".repeat(129) + "}");
    for (String id : new String[] {"a:b", "constructor", "__proto__", "../x", "TELENET_81*14946*0011", "é 😀", "\u202e"}) {
      assertUser("{\"uid\":\"" + id + "\"}", id);
    }
    assertUser("{\"uid\":\"\\u0061\\\"b\\\"\"}", "a\"b\"");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"ada\"|ada", "\"\\\"ada\\\"\"|ada", "\"a\\\"b\"|a\"b", "ada|ada", "TELENET_81*14946*0011|TELENET_81*14946*0011", "\"ada|ada", "42|42", " \"ada\" |ada", "é|é"})
  @DisplayName("A payload that is a text is the user id, without the quotes around it; some libraries sign it as it is")
  void texts(String payload, String id) {
    assertUser(payload, id);
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256(payload)).role()).isEqualTo(Role.MOBILE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"name\":\"ada\"}", "null", "true", "false", "0", "1.5", "[]", "[\"ada\"]", "\"\"", "\"\\\"\\\"\"", "{", "{\"uid\":\"ada\"", "{\"uid\":\"ada\"} x", "[\"ada\"", "\"a\\u0000\"", "a\tb", "{uid:'ada'}"})
  @DisplayName("A good signature under nothing that names a user")
  void nameless(String payload) {
    assertNameless(payload);
  }

  @Test
  @DisplayName("An empty payload, and one that is no UTF-8")
  void noText() {
    assertNameless("");
    for (byte[] payload : new byte[][] {{(byte) 0xff}, {'a', (byte) 0xc3}, {'"', (byte) 0xff, '"'}, {'a', 0}, {0, '4', 0, '2'}}) {
      assertThat(Tokens.verify(AUTHENTICATOR, Tokens.hmac("HmacSHA256", Tokens.HEADER, payload))).isInstanceOf(Verdict.Nameless.class);
    }
  }

  @ParameterizedTest
  @CsvSource({"web, WATCHER", "dashboard, WATCHER", "mobile, MOBILE", "admin, MOBILE", "Web, MOBILE", "'', MOBILE", "' web', MOBILE"})
  @DisplayName("Roles: web and dashboard watch, every other word is a mobile")
  void roles(String word, Role role) {
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"uid\":\"a\",\"role\":\"" + word + "\"}")).role()).isEqualTo(role);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "7", "[\"web\"]", "{\"web\":true}", "true"})
  @DisplayName("A role that is no word is a mobile")
  void otherRoles(String value) {
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"uid\":\"a\",\"role\":" + value + "}")).role()).isEqualTo(Role.MOBILE);
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"uid\":\"a\"}")).role()).isEqualTo(Role.MOBILE);
  }

  @Test
  @DisplayName("Groups: texts and integers; others are passed over")
  void channels() {
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"uid\":\"a\",\"channelIds\":[\"g\",7,1e3,\"7\",null,true,1.5,[\"x\"],{\"y\":1},\"\",\"a\\nb\",\"" + "x".repeat(129) + "\",\"" + "y".repeat(128) + "\"],\"z\":1}"))
        .channelIds()).containsExactlyInAnyOrder("g", "7", "1000", "y".repeat(128));
    for (String value : new String[] {"null", "\"g\"", "7", "{\"0\":\"g\"}", "[]"}) {
      assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"channelIds\":" + value + ",\"uid\":\"a\"}")).channelIds()).isEmpty();
    }
  }

  @Test
  @DisplayName("The first 1,000 groups count")
  void manyChannels() {
    String all = IntStream.range(1, 2_001).mapToObj(Integer::toString).collect(Collectors.joining(","));
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256("{\"uid\":\"a\",\"channelIds\":[" + all + "]}")).channelIds()).hasSize(1_000).contains("1", "1000").doesNotContain("1001");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1", "1767225599", "1767225600", "1767225599.999", "1767225600.0", "0e0", "1.7672256e9"})
  @DisplayName("Expired, at the second itself, too; and exp 0 is no \"for ever\"")
  void expired(String exp) {
    refused("{\"uid\":\"a\",\"exp\":" + exp + "}", "it has expired");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1767225601", "1767225600.001", "1.767225601e9", "1e15", "9999999999999"})
  @DisplayName("Not yet expired")
  void notExpired(String exp) {
    assertUser("{\"exp\":" + exp + ",\"uid\":\"a\"}", "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1767225601", "1767225600.5", "1e15"})
  @DisplayName("Not valid yet")
  void notYet(String nbf) {
    refused("{\"uid\":\"a\",\"nbf\":" + nbf + "}", "it is not valid yet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1767225600", "1767225599.5", "0", "-5"})
  @DisplayName("Valid already")
  void already(String nbf) {
    assertUser("{\"nbf\":" + nbf + ",\"uid\":\"a\"}", "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"1767225700\"", "\"\"", "true", "false", "[]", "[1767225700]", "{}", "1e999"})
  @DisplayName("Times that are no numbers are refused")
  void noTimes(String value) {
    refused("{\"uid\":\"a\",\"exp\":" + value + "}", "its exp or nbf is no number");
    refused("{\"uid\":\"a\",\"nbf\":" + value + "}", "its exp or nbf is no number");
  }

  @Test
  @DisplayName("The loop's clock decides, to the millisecond; other times do not count")
  void clock() {
    SimLoop loop = new SimLoop();
    Authenticator authenticator = Tokens.open(loop, "SECRET_KEY", Tokens.SECRET);
    String token = hs256("{\"uid\":\"a\",\"nbf\":" + (NOW + 1) + ",\"exp\":" + (NOW + 3) + ",\"iat\":" + (NOW + 1_000) + ",\"auth_time\":\"x\"}");
    assertThat(Tokens.verify(authenticator, token)).isInstanceOf(Verdict.Refused.class);
    loop.pass(Duration.ofMillis(1_000));
    assertThat(Tokens.verify(authenticator, token)).isInstanceOf(Verdict.Accepted.class);
    loop.pass(Duration.ofMillis(1_999));
    assertThat(Tokens.verify(authenticator, token)).isInstanceOf(Verdict.Accepted.class);
    loop.pass(Duration.ofMillis(1));
    assertThat(Tokens.verify(authenticator, token)).isInstanceOf(Verdict.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"uid\":\"a\",\"uid\":\"b\"", "\"uid\":\"a\",\"exp\":0,\"exp\":9999999999", "\"uid\":\"a\",\"exp\":9999999999,\"exp\":9999999998", "\"uid\":\"a\",\"role\":\"web\",\"role\":\"mobile\"",
      "\"uid\":\"a\",\"\\u0075id\":\"b\"", "\"uid\":\"a\",\"x\":1,\"x\":1"})
  @DisplayName("A claim that comes twice says nothing for certain")
  void twice(String claims) {
    refused("{" + claims + "}", "a claim comes twice");
  }

  @Test
  @DisplayName("A claim of a nested object is none")
  void nested() {
    assertUser("{\"user\":{\"uid\":\"eve\",\"exp\":0},\"x\":[{\"uid\":\"eve\"}],\"uid\":\"ada\"}", "ada");
    assertNameless("{\"user\":{\"uid\":\"eve\"}}");
  }

  private void assertUser(String payload, String id) {
    assertThat(Tokens.accepted(AUTHENTICATOR, hs256(payload)).userId()).isEqualTo(id);
  }

  private void assertNameless(String payload) {
    assertThat(Tokens.verify(AUTHENTICATOR, hs256(payload))).as(payload).isInstanceOf(Verdict.Nameless.class);
  }

  private void refused(String payload, String why) {
    assertThat(Tokens.verify(AUTHENTICATOR, hs256(payload))).isEqualTo(new Verdict.Refused(why));
  }
}
