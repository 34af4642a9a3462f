package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class OptionsTest {

  @Test
  void theBareArgumentIsThePortAndTheEnvironmentWinsOverIt() {
    assertThat(port(List.of("9000"), Map.of())).isEqualTo(9000);
    assertThat(port(List.of("9000"), Map.of("PORT", "9001"))).isEqualTo(9001);
    assertThat(port(List.of("9000", "--port", "9002"), Map.of("PORT", "9001"))).isEqualTo(9002);
    assertThat(port(List.of(), Map.of())).isEqualTo(8080);
  }

  @Test
  void optionsTakeTheirValueBehindAnEqualsSignOrASpace() {
    assertThat(port(List.of("--port=9000"), Map.of())).isEqualTo(9000);
    assertThat(port(List.of("--port", "9000"), Map.of())).isEqualTo(9000);
  }

  @Test
  void aSwitchNeedsNoValueAndDoesNotSwallowThePort() {
    Settings settings = Options.parse(List.of("--demo", "9000")).settings(Map.of());
    assertThat(settings.get(ServerSettings.DEMO)).isTrue();
    assertThat(settings.get(ServerSettings.PORT)).isEqualTo(9000);
    assertThat(Options.parse(List.of("--demo", "false")).settings(Map.of("DEMO", "true")).get(ServerSettings.DEMO)).isFalse();
  }

  @Test
  void everySettingHasAnOptionAndStandsInTheHelp() {
    String help = Options.help();
    assertThat(Options.all()).hasSizeGreaterThan(30).allSatisfy(setting -> {
      assertThat(help).contains(Setting.option(setting.names().getFirst()) + "=");
      assertThat(Options.parse(List.of(Setting.option(setting.names().getLast()), "1")).settings(Map.of()).isSet(setting)).isTrue();
    });
  }

  @Test
  void everyDefaultIsAValidValue() {
    Settings defaults = Settings.of(Map.of());
    assertThat(Options.all()).allSatisfy(setting -> assertThat(defaults.get(setting)).isNotNull());
  }

  @Test
  void theReadmeAndTheDocsNameEverySettingWithItsDefault() throws IOException {
    StringBuilder docs = new StringBuilder(Files.readString(Path.of("README.md")));
    for (String page : List.of("parrot", "gallery", "mesh", "public-rooms", "socketio", "ptt")) {
      docs.append(Files.readString(Path.of("docs", page + ".md")));
    }
    assertThat(Options.all()).allSatisfy(setting -> {
      String preset = setting.defaultText().isEmpty() ? "none" : setting.defaultText();
      assertThat(docs).containsPattern("\\| `" + setting.name() + "` \\| " + Pattern.quote(preset) + " \\|");
    });
  }

  @Test
  void unknownOptionsAreNamed() {
    assertThatThrownBy(() -> Options.parse(List.of("--prot", "80"))).isInstanceOf(ParameterException.class).hasMessageContaining("--prot");
    assertThatThrownBy(() -> Options.parse(List.of("--port"))).isInstanceOf(ParameterException.class).hasMessageContaining("--port");
    assertThatThrownBy(() -> Options.parse(List.of("80", "81"))).isInstanceOf(ParameterException.class).hasMessageContaining("81");
  }

  @Test
  void wrongValuesNameTheSettingTheValueAndTheSource() {
    assertThatThrownBy(() -> port(List.of(), Map.of("PORT", "80a"))).isInstanceOf(SettingException.class)
        .hasMessage("PORT must be 1-65535 (or 0 for any free port), but was \"80a\" (from the environment)");
    assertThatThrownBy(() -> server("--only", "nope")).hasMessageContaining("ONLY").hasMessageContaining("nope").hasMessageContaining("parrot");
    assertThatThrownBy(() -> server("--listen", "parrot")).hasMessageContaining("LISTEN").hasMessageContaining("parrot=8081");
    assertThatThrownBy(() -> server("--listen", "parrot=70000")).hasMessageContaining("70000");
    assertThatThrownBy(() -> server("--only", "echo", "--listen", "parrot=1")).hasMessageContaining("LISTEN (from the option --listen) is for parrot");
    assertThatThrownBy(() -> server("--trusted-proxies", "10.0.0.0/99")).hasMessageContaining("TRUSTED_PROXIES");
    assertThatThrownBy(() -> server("--io", "kqueue")).hasMessageContaining("auto, io_uring, epoll, nio");
  }

  @Test
  void aPortOfItsOwnTurnsAProtocolOnAlsoWhereItIsTheSharedOne() {
    ServerSettings echo = server("--listen", "echo=9000", "--parrot-port", "9000", "9000");
    assertThat(echo.protocols()).containsExactly("parrot", "gallery", "publicrooms", "echo");
    assertThat(echo.ownPorts()).isEmpty();
    ServerSettings mesh = server("--mesh-port", "9000", "--listen", "echo=9001", "--port", "9000", "--mini-server-organization-id", "org_1");
    assertThat(mesh.protocols()).containsExactly("parrot", "gallery", "publicrooms", "mesh", "echo");
    assertThat(mesh.ownPorts()).isEqualTo(Map.of("echo", 9_001));
    assertThat(server("--listen", "parrot=0", "--port", "0").ownPorts()).as("two free ports").isEqualTo(Map.of("parrot", 0));
  }

  @Test
  void aPortOfItsOwnIsCheckedAlsoWhereItIsTheSharedOne() {
    assertThatThrownBy(() -> server("--listen", "mesh=9000", "9000")).isInstanceOf(SettingException.class)
        .hasMessage("LISTEN (from the option --listen) turns mesh on, which needs an organisation: set MINI_SERVER_ORGANIZATION_ID, such as org_1");
    assertThatThrownBy(() -> server("--mesh-port", "9000", "9000")).hasMessageStartingWith("MESH_PORT (from the option --mesh-port) turns mesh on");
    assertThatThrownBy(() -> ServerSettings.from(Options.parse(List.of()).settings(Map.of("MINI_SERVER_PORT", "8080"))))
        .hasMessageStartingWith("MINI_SERVER_PORT (from the environment) turns mesh on");
    assertThatThrownBy(() -> server("--listen", "mesh=9000", "--only", "parrot", "9000"))
        .hasMessage("LISTEN (from the option --listen) is for mesh, which is not among the protocols that ONLY turns on (parrot)");
    assertThatThrownBy(() -> server("--gallery-port", "9000", "--only", "parrot,echo", "9000"))
        .hasMessage("GALLERY_PORT (from the option --gallery-port) is for gallery, which is not among the protocols that ONLY turns on (parrot,echo)");
  }

  @Test
  void theCheckShowsWhatCountsButNoSecret() {
    String report = ConfigurationCheck.report(Options.parse(List.of("--dashboard-token", "hush")).settings(Map.of("MAX_USERS", "7")));
    assertThat(report).contains("PARROT_MAX_USERS = 7  (from the environment)").contains("PARROT_DASHBOARD_TOKEN = (secret)").doesNotContain("hush")
        .contains("The configuration is valid: parrot, gallery, publicrooms on 0.0.0.0:8080");
    assertThatThrownBy(() -> ConfigurationCheck.report(Settings.of(Map.of("SENDER_TIMEOUT", "-1")))).hasMessageContaining("SENDER_TIMEOUT");
  }

  @Test
  void compressionIsOffUnlessItIsAskedFor() {
    assertThat(server("--compression-min-bytes", "100").transport().compressFromBytes()).isEmpty();
    assertThat(server("--compression").transport().compressFromBytes()).hasValue(512);
    assertThat(server("--compression", "--compression-min-bytes", "100").transport().compressFromBytes()).hasValue(100);
  }

  private static int port(List<String> arguments, Map<String, String> environment) {
    return Options.parse(arguments).settings(environment).get(ServerSettings.PORT);
  }

  private static ServerSettings server(String... arguments) {
    return ServerSettings.from(Options.parse(List.of(arguments)).settings(Map.of()));
  }
}
