package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final Setting<Integer> PORT = Setting.integer("PORT", 8080, 1, 65_535, "");
  private static final Setting<Integer> USERS = Setting.integer("MAX_USERS", 25, 1, 100, "").of("PARROT");

  @Test
  void anOptionWinsOverTheEnvironmentOverAnArgumentOverTheDefault() {
    Map<String, String> option = Map.of("PORT", "1");
    Map<String, String> environment = Map.of("PORT", "2");
    Map<String, String> argument = Map.of("PORT", "3");
    assertThat(new Settings(option, environment, argument).get(PORT)).isEqualTo(1);
    assertThat(new Settings(Map.of(), environment, argument).get(PORT)).isEqualTo(2);
    assertThat(new Settings(Map.of(), Map.of(), argument).get(PORT)).isEqualTo(3);
    assertThat(Settings.of(Map.of()).get(PORT)).isEqualTo(8080);
  }

  @Test
  void thePrefixedNameWinsOverTheBareOne() {
    assertThat(new Settings(Map.of(), Map.of("MAX_USERS", "7", "PARROT_MAX_USERS", "9"), Map.of()).get(USERS)).isEqualTo(9);
    assertThat(new Settings(Map.of(), Map.of("MAX_USERS", "7"), Map.of()).get(USERS)).isEqualTo(7);
    assertThat(new Settings(Map.of("MAX_USERS", "5"), Map.of("PARROT_MAX_USERS", "9"), Map.of()).get(USERS)).isEqualTo(5);
  }

  @Test
  void anEmptyTextIsNotSet() {
    Settings settings = new Settings(Map.of(), Map.of("PORT", "  "), Map.of());
    assertThat(settings.get(PORT)).isEqualTo(8080);
    assertThat(settings.isSet(PORT)).isFalse();
  }

  @Test
  void aWrongValueIsNamedWithItsRangeAndSource() {
    assertThatThrownBy(() -> new Settings(Map.of(), Map.of("PORT", "80a"), Map.of()).get(PORT)).isInstanceOf(SettingException.class)
        .hasMessage("PORT must be 1-65535, but was \"80a\" (from the environment)");
    assertThatThrownBy(() -> Settings.of(Map.of("MAX_USERS", "0")).get(USERS))
        .hasMessage("MAX_USERS must be 1-100, but was \"0\" (from the option --max-users)");
  }

  @Test
  void aWrongSecretIsNotRepeated() {
    Setting<String> secret = Setting.secret("TOKEN", "");
    assertThat(secret.isSecret()).isTrue();
    assertThat(Settings.of(Map.of("TOKEN", "abc")).get(secret)).isEqualTo("abc");
  }

  @Test
  void kindsOfValues() {
    assertThat(Settings.of(Map.of("T", "250")).get(Setting.millis("T", 1, 0, 1_000, ""))).isEqualTo(Duration.ofMillis(250));
    for (String yes : new String[] {"true", "1", "YES", "on"}) {
      assertThat(Settings.of(Map.of("F", yes)).get(Setting.flag("F", false, ""))).isTrue();
    }
    for (String no : new String[] {"false", "0", "No", "off"}) {
      assertThat(Settings.of(Map.of("F", no)).get(Setting.flag("F", true, ""))).isFalse();
    }
    assertThatThrownBy(() -> Settings.of(Map.of("F", "maybe")).get(Setting.flag("F", true, ""))).hasMessageContaining("true or false");
    assertThat(Settings.of(Map.of("K", "droppable")).get(Setting.choice("K", Delivery.Kind.LATEST, Delivery.Kind.class, "")))
        .isEqualTo(Delivery.Kind.DROPPABLE);
    assertThatThrownBy(() -> Settings.of(Map.of("K", "x")).get(Setting.choice("K", Delivery.Kind.LATEST, Delivery.Kind.class, "")))
        .hasMessageContaining("one of reliable, latest, droppable");
  }
}
