package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be said wrong about public rooms, and is told before anybody comes. */
class PublicRoomsSettingsTest {

  @ParameterizedTest
  @CsvSource({"*, *", "http://localhost:3000, http://localhost:3000", "https://Rooms.Example.com, https://rooms.example.com", "https://rooms.example.com/, https://rooms.example.com",
      "capacitor://localhost, capacitor://localhost", "http://[::1]:3000, http://[::1]:3000"})
  void theOriginIsAsBrowsersNameIt(String given, String origin) {
    assertThat(from("FRONTEND_URL", given).frontendUrl()).isEqualTo(origin);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rooms.example.com", "https://a.example,https://b.example", "https://a.example/rooms", "https://a example", "https://", "*.example.com", "https://a.example\r\nX: y"})
  void whatNoBrowserSendsIsNoOrigin(String given) {
    assertThatThrownBy(() -> from("PUBLIC_ROOMS_FRONTEND_URL", given)).isInstanceOf(SettingException.class)
        .hasMessage("PUBLIC_ROOMS_FRONTEND_URL must be * or one origin such as https://rooms.example.com, without a path, but was \"" + given + "\" (from the environment)");
  }

  @Test
  void whoRaisesOneLimitOfSocketsIsNotHeldUpByTheDefaultOfTheOther() {
    assertThat(Settings.of(Map.of())).satisfies(bare -> assertThat(PublicRoomsSettings.from(bare).hardMaxConnectionsPerAddress()).isEqualTo(4));
    assertThat(from("PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "10").hardMaxConnectionsPerAddress()).isEqualTo(10);
    assertThat(from("PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", "2").hardMaxConnectionsPerAddress()).isEqualTo(2);
    assertThatThrownBy(() -> from("PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", "1")).isInstanceOf(SettingException.class)
        .hasMessage("PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP must be at least PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP, which is 2, but was \"1\" (from the environment)");
  }

  @Test
  void aKeyThatCanBeGuessedIsNone() {
    assertThatThrownBy(() -> from("PUBLIC_ROOMS_IP_HASH_KEY", "123456789012345")).isInstanceOf(SettingException.class)
        .hasMessage("PUBLIC_ROOMS_IP_HASH_KEY must have at least 16 characters, best random ones, but has 15 (from the environment)");
    assertThat(from("PUBLIC_ROOMS_IP_HASH_KEY", "1234567890123456").ipHashKey()).isEqualTo("1234567890123456");
    assertThat(from("PUBLIC_ROOMS_IP_HASH_KEY", "").ipHashKey()).isEmpty();
  }

  private static PublicRoomsSettings from(String name, String value) {
    return PublicRoomsSettings.from(Settings.of(Map.of(name, value), "the environment"));
  }
}
