package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which protocols run, and what is said of those that do not. */
class ProtocolsTest {
  private static final String NO_KEY = "ptt on, which needs a key to check tokens with: set SECRET_KEY, or JWT_PUBLIC_KEY or JWT_JWKS_URL";

  @Test
  void whatNeedsNothingRunsAndOfTheRestALineEachSaysWhatIsMissing() {
    Settings bare = settings(Map.of());
    assertThat(Protocols.byDefault(bare)).containsExactly("parrot", "gallery", "publicrooms");
    assertThat(Protocols.off(bare)).containsExactly("The protocol mesh is off: MINI_SERVER_ORGANIZATION_ID is not set", "The protocol ptt is off: SECRET_KEY is not set");
    Settings both = settings(Map.of("MINI_SERVER_ORGANIZATION_ID", "org_1", "SECRET_KEY", "k"));
    assertThat(Protocols.byDefault(both)).containsExactly("parrot", "gallery", "publicrooms", "mesh", "ptt");
    assertThat(Protocols.off(both)).isEmpty();
  }

  @Test
  void whoNamesTheProtocolsIsNotToldOfOthers() {
    assertThat(Protocols.off(settings(Map.of("ONLY", "parrot")))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"SECRET_KEY, k", "JWT_SECRET, k", "PTT_SECRET_KEY, k", "JWT_PUBLIC_KEY, keys.pem", "JWT_JWKS_URL, https://example.org/keys", "USE_AUTHENTICATION, false", "PTT_USE_AUTHENTICATION, false"})
  void eachOfTheseTurnsPttOn(String name, String value) {
    Settings settings = settings(Map.of(name, value));
    assertThat(Protocols.byDefault(settings)).contains("ptt");
    assertThat(Protocols.missing("ptt", settings)).isEmpty();
    assertThat(ServerSettings.from(settings).protocols()).contains("ptt");
  }

  @ParameterizedTest
  @CsvSource({"USE_AUTHENTICATION, true", "SECRET_KEY, ''", "PRESENCE_TTL, 5", "JWT_ALGORITHMS, HS512"})
  void andTheseDoNot(String name, String value) {
    Settings settings = settings(Map.of(name, value));
    assertThat(Protocols.byDefault(settings)).doesNotContain("ptt");
    assertThat(Protocols.missing("ptt", settings)).isPresent();
  }

  @Test
  void whoTurnsPttOnWithoutAKeyIsToldInOneLine() {
    refused(Map.of("ONLY", "ptt"), "ONLY (from the environment) turns " + NO_KEY);
    refused(Map.of("ONLY", "parrot,ptt"), "ONLY (from the environment) turns " + NO_KEY);
    refused(Map.of("PTT_PORT", "3000"), "PTT_PORT (from the environment) turns " + NO_KEY);
    refused(Map.of("LISTEN", "ptt=3000"), "LISTEN (from the environment) turns " + NO_KEY);
    refused(Map.of("ONLY", "mesh"), "ONLY (from the environment) turns mesh on, which needs an organisation: set MINI_SERVER_ORGANIZATION_ID, such as org_1");
  }

  private static void refused(Map<String, String> environment, String message) {
    assertThatThrownBy(() -> ServerSettings.from(settings(environment))).isInstanceOf(SettingException.class).hasMessage(message);
  }

  @Test
  void aPortOfItsOwn() {
    assertThat(ServerSettings.from(settings(Map.of("SECRET_KEY", "k", "PTT_PORT", "3000"))).ownPorts()).containsExactly(Map.entry("ptt", 3_000));
    assertThat(ServerSettings.from(settings(Map.of("SECRET_KEY", "k", "LISTEN", "ptt=3001"))).ownPorts()).containsExactly(Map.entry("ptt", 3_001));
    ServerSettings only = ServerSettings.from(settings(Map.of("SECRET_KEY", "k", "ONLY", "ptt", "PTT_PORT", "3000")));
    assertThat(only.protocols()).containsExactly("ptt");
    refused(Map.of("SECRET_KEY", "k", "ONLY", "parrot", "PTT_PORT", "3000"), "PTT_PORT (from the environment) is for ptt, which is not among the protocols that ONLY turns on (parrot)");
  }

  @Test
  void whatIsWrongWithPttIsFoundBeforeTheStart() {
    assertThatThrownBy(() -> Protocols.check(List.of("ptt"), settings(Map.of("SECRET_KEY", "k", "PRESENCE_TTL", "0")))).isInstanceOf(SettingException.class)
        .hasMessage("PRESENCE_TTL must be 0.05-86400 s, but was \"0\" (from the environment)");
    assertThatThrownBy(() -> Protocols.check(List.of("ptt"), settings(Map.of("SECRET_KEY", "k", "DUPLICATE_LOGIN_POLICY", "both")))).isInstanceOf(SettingException.class).hasMessageContaining("DUPLICATE_LOGIN_POLICY");
    Protocols.check(List.of("ptt"), settings(Map.of("SECRET_KEY", "k", "PRESENCE_TTL", "0.5")));
  }

  @Test
  void onlyPttSharesThingsWithOtherServers() {
    assertThat(Protocols.needRedis(List.of("parrot", "ptt"))).isTrue();
    assertThat(Protocols.needRedis(List.of("parrot", "gallery", "mesh"))).isFalse();
  }

  private static Settings settings(Map<String, String> environment) {
    return new Settings(Map.of(), environment, Map.of());
  }
}
