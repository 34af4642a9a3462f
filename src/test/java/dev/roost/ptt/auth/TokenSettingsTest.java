package dev.roost.ptt.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.ptt.auth.Identity.Role;
import dev.roost.sim.SimLoop;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What turns PTT on, and what the server refuses to start with. */
class TokenSettingsTest {
  private static final String TOKEN = Tokens.hs256("{\"uid\":\"ada\"}");

  private final SimLoop loop = new SimLoop();

  @Test
  @DisplayName("PTT is on with a key, or where authentication is off by an explicit word")
  void configured() {
    assertThat(isConfigured()).isFalse();
    assertThat(isConfigured("USE_AUTHENTICATION", "true")).isFalse();
    assertThat(isConfigured("JWT_ALGORITHMS", "RS256")).isFalse();
    assertThat(isConfigured("SECRET_KEY", " ")).isFalse();
    assertThat(isConfigured("SECRET_KEY", "x")).isTrue();
    assertThat(isConfigured("PTT_SECRET_KEY", "x")).isTrue();
    assertThat(isConfigured("JWT_SECRET", "x")).isTrue();
    assertThat(isConfigured("PTT_JWT_SECRET", "x")).isTrue();
    assertThat(isConfigured("JWT_PUBLIC_KEY", "x")).isTrue();
    assertThat(isConfigured("JWT_JWKS_URL", "x")).isTrue();
    assertThat(isConfigured("USE_AUTHENTICATION", "false")).isTrue();
    assertThat(isConfigured("PTT_USE_AUTHENTICATION", "false", "USE_AUTHENTICATION", "true")).isTrue();
    assertThat(Authenticator.settings()).extracting(Setting::name)
        .containsExactly("USE_AUTHENTICATION", "SECRET_KEY", "JWT_SECRET", "JWT_ALGORITHMS", "JWT_PUBLIC_KEY", "JWT_JWKS_URL", "JWT_JWKS_REFRESH_MS");
    assertThat(Authenticator.settings()).allSatisfy(setting -> assertThat(setting.names()).containsExactly("PTT_" + setting.name(), setting.name()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SECRET_KEY", "PTT_SECRET_KEY", "JWT_SECRET", "PTT_JWT_SECRET"})
  @DisplayName("The secret has four names, and may have quotes around it")
  void secret(String name) {
    for (String text : new String[] {Tokens.SECRET, "\"" + Tokens.SECRET + "\"", "'" + Tokens.SECRET + "'", "  " + Tokens.SECRET + " "}) {
      assertGood(name, text);
    }
    assertRefused(name, "\"" + Tokens.SECRET);
    assertRefused(name, "\"\"" + Tokens.SECRET + "\"\"");
  }

  @Test
  @DisplayName("With prefix wins over without, SECRET_KEY over JWT_SECRET")
  void precedence() {
    assertGood("PTT_SECRET_KEY", Tokens.SECRET, "SECRET_KEY", "other", "JWT_SECRET", "third");
    assertGood("SECRET_KEY", Tokens.SECRET, "JWT_SECRET", "third");
    assertGood("SECRET_KEY", Tokens.SECRET, "PTT_JWT_SECRET", "third");
  }

  @Test
  @DisplayName("A secret of one quote is one, of two quotes is none")
  void oddSecrets() {
    Authenticator.check(Tokens.settings("SECRET_KEY", "\""));
    assertFault("SECRET_KEY (from the environment) has nothing between its quotes", "SECRET_KEY", "\"\"");
    assertFault("JWT_SECRET (from the environment) has nothing between its quotes", "JWT_SECRET", "''");
  }

  @Test
  @DisplayName("No key at all")
  void nothing() {
    assertFault("PTT needs a key to check tokens with: set SECRET_KEY, JWT_PUBLIC_KEY or JWT_JWKS_URL (or USE_AUTHENTICATION=false, and the token is the user id)");
    assertFault("USE_AUTHENTICATION must be true or false, but was \"perhaps\" (from the environment)", "USE_AUTHENTICATION", "perhaps");
  }

  @Test
  @DisplayName("Algorithms that there are not, and none")
  void algorithms() {
    String list = "a list of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519";
    assertFault("JWT_ALGORITHMS must be " + list + " (a token without a signature proves nothing), but was \"HS256,none\" (from the environment)", "SECRET_KEY", "x", "JWT_ALGORITHMS", "HS256,none");
    assertFault("JWT_ALGORITHMS must be " + list + " (a token without a signature proves nothing), but was \"None\" (from the environment)", "SECRET_KEY", "x", "JWT_ALGORITHMS", "None");
    assertFault("JWT_ALGORITHMS must be " + list + ", but was \"hs256\" (from the environment)", "SECRET_KEY", "x", "JWT_ALGORITHMS", "hs256");
    assertFault("JWT_ALGORITHMS must be " + list + ", but was \",\" (from the environment)", "SECRET_KEY", "x", "JWT_ALGORITHMS", ",");
    assertFault("PTT_JWT_ALGORITHMS must be " + list + ", but was \"ES256K\" (from the environment)", "SECRET_KEY", "x", "PTT_JWT_ALGORITHMS", "ES256K");
    assertGood("SECRET_KEY", Tokens.SECRET, "JWT_ALGORITHMS", " HS512 , HS256,,HS256 ");
  }

  @Test
  @DisplayName("An algorithm without a key, and a key without an algorithm")
  void contradictions() {
    assertFault("JWT_ALGORITHMS (from the environment) names RS256, which needs an RSA key: set JWT_PUBLIC_KEY or JWT_JWKS_URL", "SECRET_KEY", "x", "JWT_ALGORITHMS", "HS256,RS256");
    assertFault("JWT_ALGORITHMS (from the environment) names HS256, which needs a secret: set SECRET_KEY", "JWT_JWKS_URL", "https://a.example/", "JWT_ALGORITHMS", "HS256,RS256");
    assertFault("SECRET_KEY (from the environment) would be of no use: JWT_ALGORITHMS is RS256 (from the environment), and a secret is for HS256, HS384 or HS512",
        "SECRET_KEY", "x", "JWT_JWKS_URL", "https://a.example/", "JWT_ALGORITHMS", "RS256");
    assertFault("JWT_PUBLIC_KEY (from the environment) would be of no use: JWT_ALGORITHMS is HS256 (from the default), and public keys are for others, such as RS256", "JWT_PUBLIC_KEY", "x");
    assertFault("JWT_JWKS_URL (from the environment) would be of no use: JWT_ALGORITHMS is HS256 (from the default), and public keys are for others, such as RS256",
        "SECRET_KEY", "x", "JWT_JWKS_URL", "https://a.example/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://id.example.org/jwks.json", "ftp://id.example.org/", "id.example.org/jwks.json", "/jwks.json", "https:///jwks.json", "https://", "https://user:pw@id.example.org/", "http://127.0.0.1.example.org/",
      "http://localhost.example.org/", "http://user@localhost/", "file:///etc/passwd", "https://a b/", "http://10.0.0.1/"})
  @DisplayName("Addresses that keys cannot be trusted from")
  void badAddresses(String url) {
    assertFault("JWT_JWKS_URL (from the environment) must be an address such as https://id.example.org/jwks.json (http only for localhost), but was \"" + url + "\"", "JWT_ALGORITHMS", "RS256", "JWT_JWKS_URL", url);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://id.example.org/jwks.json", "HTTPS://id.example.org:8443/a/b?c=d", "http://localhost:3000/jwks", "http://127.0.0.1:3000/", "http://[::1]:3000/", "http://LOCALHOST/"})
  @DisplayName("Addresses that are checked without being asked")
  void goodAddresses(String url) {
    Authenticator.check(Tokens.settings("JWT_ALGORITHMS", "RS256,ES256,EdDSA", "JWT_JWKS_URL", url));
  }

  @Test
  @DisplayName("Authentication off: the token is the user id, the role comes with the request")
  void off() {
    Authenticator authenticator = Tokens.open(loop, "USE_AUTHENTICATION", "false", "SECRET_KEY", Tokens.SECRET);
    assertThat(authenticator.verify("ada", Optional.empty())).isEqualTo(new Verdict.Accepted(new Identity("ada", Role.MOBILE, Set.of())));
    assertThat(authenticator.verify("ada", Optional.of("dashboard"))).isEqualTo(new Verdict.Accepted(new Identity("ada", Role.WATCHER, Set.of())));
    assertThat(authenticator.verify("ada", Optional.of("web"))).isEqualTo(new Verdict.Accepted(new Identity("ada", Role.WATCHER, Set.of())));
    assertThat(authenticator.verify("ada", Optional.of("admin"))).isEqualTo(new Verdict.Accepted(new Identity("ada", Role.MOBILE, Set.of())));
    assertThat(authenticator.verify("x".repeat(128), Optional.empty())).isInstanceOf(Verdict.Accepted.class);
    for (String token : new String[] {"", "x".repeat(129), "a\nb", "a\0", "x".repeat(1 << 20)}) {
      assertThat(authenticator.verify(token, Optional.empty())).isInstanceOf(Verdict.Refused.class);
    }
    authenticator.close();
  }

  @Test
  @DisplayName("No secret in what is printed")
  void printed() {
    Settings settings = Tokens.settings("SECRET_KEY", "SENTINEL");
    assertThat(TokenSettings.from(settings).orElseThrow().toString()).doesNotContain("SENTINEL").isEqualTo("HS256");
    assertThat(Authenticator.settings()).filteredOn(Setting::isSecret).extracting(Setting::name).containsExactly("SECRET_KEY", "JWT_SECRET");
  }

  private static boolean isConfigured(String... namesAndValues) {
    return Authenticator.isConfigured(Tokens.settings(namesAndValues));
  }

  private void assertGood(String... namesAndValues) {
    assertThat(Tokens.accepted(Tokens.open(loop, namesAndValues), TOKEN).userId()).isEqualTo("ada");
  }

  private void assertRefused(String... namesAndValues) {
    assertThat(Tokens.verify(Tokens.open(loop, namesAndValues), TOKEN)).isInstanceOf(Verdict.Refused.class);
  }

  private void assertFault(String message, String... namesAndValues) {
    assertThatThrownBy(() -> Authenticator.check(Tokens.settings(namesAndValues))).isInstanceOf(SettingException.class).hasMessage(message);
    assertThatThrownBy(() -> Tokens.open(loop, namesAndValues)).isInstanceOf(SettingException.class).hasMessage(message);
  }
}
