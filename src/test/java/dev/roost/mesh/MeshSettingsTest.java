package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.RandomIds;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 4: names, defaults, and what does not start. */
class MeshSettingsTest {

  private static MeshSettings settings(String... settings) {
    return MeshWorld.settings(settings);
  }

  private static void refuses(String message, String... settings) {
    assertThatThrownBy(() -> settings(settings)).isInstanceOf(SettingException.class).hasMessageContaining(message).hasMessageNotContaining("\n");
  }

  @Test
  @DisplayName("4. Defaults")
  void defaults() {
    MeshSettings settings = MeshSettings.from(Settings.of(Map.of("MINI_SERVER_ORGANIZATION_ID", "org_1")), new RandomIds(new Random(1)));

    assertThat(settings.device().clientId()).matches("server_[a-z0-9]{9}");
    assertThat(settings).isEqualTo(new MeshSettings(Map.of("org_1", ""),
        new Introduction(settings.device().clientId(), "Mini Server", Capabilities.parse("server.temporary"), false), Duration.ofSeconds(10), Duration.ofSeconds(30),
        Duration.ofSeconds(2), Duration.ofSeconds(15), false, false, false, false, 1_000, 262_144, 50, Duration.ofSeconds(10), 4_194_304, Optional.empty()));
  }

  @Test
  @DisplayName("4. Every name counts, and the one with the prefix wins")
  void names() {
    MeshSettings bare = settings("HEARTBEAT_INTERVAL", "100", "CLIENT_TIMEOUT", "200", "ELECTION_DELAY", "0", "MAIN_ADMIN_TIMEOUT", "300", "HANDOFF", "close",
        "LOCATION_VISIBILITY", "viewers", "LOCATION_REQUIRES_SHARE", "true", "PONG_KEEPS_ALIVE", "1", "MAX_CLIENTS", "7", "MAX_MESSAGE_BYTES", "2048",
        "MAX_MESSAGES_PER_SEC", "8",
        "ABUSE_AFTER", "900", "MAX_QUEUE_BYTES", "70000", "TURN_SECRET", "s", "TURN_URLS", "turn:a, turns:b ,", "TURN_TTL", "1000", "MESH_PATH", "/devices",
        "MESH_TOKEN", "t",
        "MINI_SERVER_DEVICE_NAME", "Shed", "MINI_SERVER_CAPABILITIES", "admin.manage, x");

    assertThat(bare).isEqualTo(new MeshSettings(Map.of("org_1", "t"), new Introduction(MeshWorld.SERVER, "Shed", Capabilities.parse("admin.manage,x"), false),
        Duration.ofMillis(100), Duration.ofMillis(200), Duration.ZERO, Duration.ofMillis(300), true, true, true, true, 7, 2_048, 8, Duration.ofMillis(900), 70_000,
        Optional.of(new TurnSecret("s", List.of("turn:a", "turns:b"), Duration.ofSeconds(1)))));
    MeshSettings both = settings("MESH_HEARTBEAT_INTERVAL", "111", "HEARTBEAT_INTERVAL", "222", "MESH_ELECTION_DELAY", "333", "ELECTION_DELAY", "444",
        "MESH_TURN_TTL", "5000",
        "TURN_TTL", "6000", "MESH_TURN_SECRET", "m", "TURN_SECRET", "n", "TURN_URLS", "turn:a", "MESH_MAX_CLIENTS", "9", "MAX_CLIENTS", "8");
    assertThat(both.heartbeatInterval()).isEqualTo(Duration.ofMillis(111));
    assertThat(both.electionDelay()).isEqualTo(Duration.ofMillis(333));
    assertThat(both.maxClients()).isEqualTo(9);
    assertThat(both.turn()).contains(new TurnSecret("m", List.of("turn:a"), Duration.ofSeconds(5)));
  }

  @ParameterizedTest
  @CsvSource({"HEARTBEAT_INTERVAL, 9", "HEARTBEAT_INTERVAL, x", "CLIENT_TIMEOUT, 0", "ELECTION_DELAY, -1", "MAIN_ADMIN_TIMEOUT, 29", "HANDOFF, drop",
      "LOCATION_VISIBILITY, none",
      "LOCATION_REQUIRES_SHARE, maybe", "PONG_KEEPS_ALIVE, 2", "MAX_CLIENTS, 0", "MAX_MESSAGE_BYTES, 1", "MAX_MESSAGES_PER_SEC, 0", "TURN_TTL, 999", "MAX_QUEUE_BYTES, 1",
      "TURN_URLS, stun:a.example", "TURN_URLS, 'turn:a,https://b'"})
  @DisplayName("4. What is wrong ends the start with one line that names it")
  void wrong(String name, String value) {
    refuses(name.replace("MESH_", "") + " must be", name, value);
  }

  // ---- The organisations

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", " , ,"})
  @DisplayName("29. Without an organisation the mesh is off, and does not start")
  void noOrganization(String text) {
    Settings none = MeshWorld.values("MINI_SERVER_ORGANIZATION_ID", text);

    assertThat(MeshSettings.hasOrganization(none)).isFalse();
    assertThat(MeshProtocol.isConfigured(none)).isFalse();
    assertThatThrownBy(() -> MeshProtocol.check(none)).isInstanceOf(SettingException.class).hasMessageContaining("MINI_SERVER_ORGANIZATION_ID");
  }

  @Test
  @DisplayName("4. Several organisations, each once")
  void organizations() {
    assertThat(settings("MINI_SERVER_ORGANIZATION_ID", " org_1, Org 2 ,,org_1,ü").tokens().keySet()).containsExactly("org_1", "Org 2", "ü");
    assertThat(MeshSettings.hasOrganization(MeshWorld.values())).isTrue();
    refuses("MINI_SERVER_ORGANIZATION_ID must be", "MINI_SERVER_ORGANIZATION_ID", "a,b\u0001c");
    refuses("MINI_SERVER_ORGANIZATION_ID must be", "MINI_SERVER_ORGANIZATION_ID", "x".repeat(129));
  }

  // ---- The tokens

  @Test
  @DisplayName("MESH_TOKEN: one for all, whatever is in it")
  void oneToken() {
    for (String token : List.of("secret", "abc==", "=", "org_1")) {
      MeshSettings settings = settings("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2", "MESH_TOKEN", token);
      assertThat(settings.admits("org_1", Optional.of(token))).isTrue();
      assertThat(settings.admits("org_2", Optional.of(token))).isTrue();
      assertThat(settings.admits("org_1", Optional.of(token + "x"))).isFalse();
      assertThat(settings.admits("org_1", Optional.of(""))).isFalse();
      assertThat(settings.admits("org_1", Optional.empty())).isFalse();
      assertThat(settings.admits("org_3", Optional.of(token))).isFalse();
    }
  }

  @Test
  @DisplayName("MESH_TOKEN: one for each")
  void tokens() {
    MeshSettings settings = settings("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2,a", "MESH_TOKEN", "org_2=t2==, a=t3,org_1=t1");

    assertThat(settings.tokens()).isEqualTo(Map.of("org_1", "t1", "org_2", "t2==", "a", "t3"));
    assertThat(settings.admits("org_1", Optional.of("t1"))).isTrue();
    assertThat(settings.admits("org_2", Optional.of("t2=="))).isTrue();
    assertThat(settings.admits("org_2", Optional.of("t1"))).isFalse();
    assertThat(settings.admits("org_1", Optional.of("org_1=t1"))).isFalse();
    assertThat(settings.admits("org_1", Optional.empty())).isFalse();
  }

  @Test
  @DisplayName("MESH_TOKEN: where there is one organisation, both forms")
  void onlyOrganization() {
    assertThat(settings("MESH_TOKEN", "org_1=t").tokens()).isEqualTo(Map.of("org_1", "t"));
    assertThat(settings("MESH_TOKEN", "t").tokens()).isEqualTo(Map.of("org_1", "t"));
  }

  @Test
  @DisplayName("MESH_TOKEN: none, then everybody may come, with whatever token")
  void noToken() {
    MeshSettings settings = settings("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2");

    assertThat(settings.admits("org_1", Optional.empty())).isTrue();
    assertThat(settings.admits("org_2", Optional.of("x"))).isTrue();
    assertThat(settings.admits("Org_1", Optional.empty())).isFalse();
    assertThat(settings.admits("", Optional.empty())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"org_1=a", "org_1=a,org_3=b", "org_1=a,org_2=", "org_1=a,org_2", "org_1=a,org_1=b", "org_1=a,org_2=b,org_2=c", "org_1=a,org_2=b,org_3=c",
      "typo=a,org_2=b", "org_1=,org_2=b", "x,y", "org_3=a", "typo=a,other=b"})
  @DisplayName("MESH_TOKEN: some organisations named and not all, or others: no start, and no token in the line")
  void tokenMistakes(String text) {
    assertThatThrownBy(() -> settings("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2", "MESH_TOKEN", text)).isInstanceOf(SettingException.class)
        .hasMessageContaining("MESH_TOKEN (from the option --mesh-token)").hasMessageContaining("ID=TOKEN").hasMessageNotContaining("=a").hasMessageNotContaining("=b");
  }

  // ---- The server's own device

  @ParameterizedTest
  @ValueSource(strings = {"broadcast", "a\u0007b", "129"})
  @DisplayName("MINI_SERVER_DEVICE_ID: an id as devices have them, but not broadcast")
  void wrongDeviceId(String id) {
    refuses("MINI_SERVER_DEVICE_ID", "MINI_SERVER_DEVICE_ID", id.equals("129") ? "x".repeat(129) : id);
  }

  @Test
  @DisplayName("4. The own device: its id is reserved, its name is cleaned, its capabilities as those of others")
  void device() {
    MeshSettings settings = settings("MINI_SERVER_DEVICE_ID", "Büro 1", "MINI_SERVER_DEVICE_NAME", " <b>Shed\u0001 ", "MINI_SERVER_CAPABILITIES",
        "admin.manage,,admin.manage");

    assertThat(settings.device()).isEqualTo(new Introduction("Büro 1", "bShed", new Capabilities(List.of("admin.manage")), false));
    assertThat(settings.isReserved("Büro 1")).isTrue();
    assertThat(settings.isReserved("broadcast")).isTrue();
    assertThat(settings.isReserved("büro 1")).isFalse();
    assertThat(settings.isReserved("Broadcast")).isFalse();
    assertThat(settings("MINI_SERVER_DEVICE_NAME", "<>").device().name()).isEqualTo("Mini Server");
    assertThat(settings("MINI_SERVER_DEVICE_NAME", "n".repeat(99)).device().name()).hasSize(64);
  }

  // ---- TURN

  @Test
  @DisplayName("TURN: a secret without servers and servers without a secret contradict each other")
  void turn() {
    refuses("TURN_SECRET", "TURN_SECRET", "s");
    refuses("TURN_URLS", "TURN_SECRET", "s");
    refuses("TURN_URLS", "TURN_URLS", "turn:a");
    refuses("TURN_SECRET", "MESH_TURN_URLS", "turn:a");
    refuses("TURN_TTL must be", "TURN_SECRET", "s", "TURN_URLS", "turn:a", "TURN_TTL", "999");
    assertThatThrownBy(() -> settings("TURN_SECRET", "hunter2")).hasMessageNotContaining("hunter2");
    assertThat(settings("TURN_SECRET", "s", "TURN_URLS", "turn:a").turn()).contains(new TurnSecret("s", List.of("turn:a"), Duration.ofHours(12)));
    assertThat(settings("TURN_TTL", "5000").turn()).isEmpty();
  }
}
