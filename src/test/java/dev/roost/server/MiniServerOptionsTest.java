package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.roost.core.Setting;
import dev.roost.server.MiniServerOptions.Device;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before a mini server is even made, and what people read then. */
class MiniServerOptionsTest {
  private static final MiniServerOptions OPTIONS = MiniServerOptions.of("org_1");

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "a,b", " a", "a\t", "a\u0007b", "a\nb", "\ud800"})
  void anOrganizationIsOneId(String wrong) {
    assertThatIllegalArgumentException().isThrownBy(() -> MiniServerOptions.of(wrong)).withMessageStartingWith("organizationId must be 1-128 characters")
        .withMessageContaining(wrong == null ? "but was null" : "but was \"").withMessageNotContaining("\n").withMessageNotContaining("\u0007");
  }

  @Test
  void anOrganizationHasAtMost128Characters() {
    assertThat(MiniServerOptions.of("x".repeat(128)).organizationId()).hasSize(128);
    assertThatIllegalArgumentException().isThrownBy(() -> MiniServerOptions.of("x".repeat(129)));
    assertThat(MiniServerOptions.of("Zürich / Nord=1").organizationId()).isEqualTo("Zürich / Nord=1");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "me ", "broadcast", "a\u0000"})
  void aDeviceHasAnId(String wrong) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Device(wrong, "n", List.of())).withMessageStartingWith("The device's id must be 1-128 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b", "bad cap", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void aCapabilityIsAName(String wrong) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Device("me", "n", List.of("admin.manage", wrong)))
        .withMessage("A capability must be 1-64 letters, digits and . _ : - such as admin.manage, but was \"" + wrong + "\"");
  }

  @Test
  void capabilitiesAreThirtyTwoAtMost() {
    List<String> many = IntStream.range(0, 33).mapToObj(i -> "c" + i).toList();
    assertThat(new Device("me", "n", many.subList(0, 32)).capabilities()).hasSize(32);
    assertThat(new Device("me", "n", Collections.nCopies(40, "same")).capabilities()).hasSize(40);
    assertThatIllegalArgumentException().isThrownBy(() -> new Device("me", "n", many)).withMessage("A device must have at most 32 capabilities, but was \"33\"");
  }

  @Test
  void aPortIsAPort() {
    assertThat(OPTIONS.port(65_535).port()).isEqualTo(65_535);
    for (int wrong : new int[] {-1, 65_536}) {
      assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.port(wrong))
          .withMessage("port must be 1-65535 (or 0 for any free port), but was \"" + wrong + "\"");
    }
  }

  @ParameterizedTest
  @CsvSource({"PORT,use port(...)", "MINI_SERVER_PORT,use port(...)", "MESH_PORT,use port(...)", "LISTEN,use port(...)", "MINI_SERVER_ORGANIZATION_ID,use MiniServerOptions.of(...)",
      "MINI_SERVER_DEVICE_ID,use device(...)", "MINI_SERVER_DEVICE_NAME,use device(...)", "MINI_SERVER_CAPABILITIES,use device(...)", "ONLY,a mini server runs the mesh alone",
      "GALLERY_PORT,a mini server runs the mesh alone", "LOG_LEVEL,'what is logged is the program''s to say, in a logback.xml'"})
  void whatHasAMethodIsNotSetByItsName(String name, String instead) {
    assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.with(name, "1")).withMessage(name + " cannot be set by its name: " + instead);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEARTBEAT_INTERVALL", "heartbeat-interval", "mesh_token", "", " HOST"})
  void whatIsNoSettingIsRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.with(name, "1")).withMessage("\"" + name + "\" is no setting of Roost");
    assertThatIllegalArgumentException().isThrownBy(() -> new MiniServerOptions("org_1", 80, Optional.empty(), false, Map.of(name, "1")));
  }

  @Test
  void everySettingThatSaysHowToServeCanBeSetByItsNames() {
    List<String> refused = Options.all().stream().flatMap(setting -> setting.names().stream()).filter(name -> !isTaken(name)).toList();
    assertThat(refused).containsExactlyInAnyOrder("PORT", "LISTEN", "PARROT_PORT", "GALLERY_PORT", "MESH_PORT", "MINI_SERVER_PORT", "ONLY", "DEMO", "LOG_LEVEL", "LOG_FORMAT",
        "MINI_SERVER_ORGANIZATION_ID", "MINI_SERVER_DEVICE_ID", "MINI_SERVER_DEVICE_NAME", "MINI_SERVER_CAPABILITIES");
    assertThat(Options.all()).extracting(Setting::name).contains("HOST", "MESH_TOKEN", "HEARTBEAT_INTERVAL");
    assertThat(OPTIONS.with("MESH_HEARTBEAT_INTERVAL", "20").with("MESH_TOKEN", "x").settings()).hasSize(2);
  }

  private static boolean isTaken(String name) {
    try {
      return OPTIONS.with(name, "1").settings().containsKey(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
