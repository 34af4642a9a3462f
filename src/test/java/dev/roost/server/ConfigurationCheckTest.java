package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.roost.core.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Variables of the environment that look like settings and are none. */
class ConfigurationCheckTest {

  @ParameterizedTest
  @ValueSource(strings = {"MINI_SERVER_ORGANISATION_ID", "MINI_SERVER_ORGANIZATION", "MESH_ORGANIZATION_ID", "MESH_HEARTBEAT_INTERVALL", "MESH_TOKENS", "PARROT_MAX_USER", "GALLERY_APIKEY", "GALLERY_PORTS",
      "PTT_SECRET", "PTT_MAX_QUEUE", "PRESENCE_TIMEOUT", "PRESENCE_TTL_S", "JWT_KEY", "JWT_ALGORITHM", "REDIS_URI", "REDIS_USER"})
  void whatIsMisspeltIsNamed(String name) {
    assertThat(unknown(Map.of(name, "1"))).containsExactly(name);
    assertThat(ConfigurationCheck.report(environment(Map.of(name, "1")))).contains(name + " is no setting of Roost\n").contains("The configuration is valid");
  }

  @Test
  void everySettingIsKnownByAllOfItsNames() {
    Map<String, String> all = new HashMap<>();
    Options.all().forEach(setting -> setting.names().forEach(name -> all.put(name, "1")));
    assertThat(all).containsKeys("MINI_SERVER_ORGANIZATION_ID", "MINI_SERVER_PORT", "MESH_PORT", "MESH_HEARTBEAT_INTERVAL", "PARROT_MAX_USERS", "GALLERY_PATH", "SECRET_KEY", "JWT_SECRET",
        "PTT_SECRET_KEY", "PTT_USE_AUTHENTICATION", "PTT_PING_INTERVAL", "PING_INTERVAL", "PRESENCE_TTL", "PTT_PORT", "JWT_ALGORITHMS", "JWT_PUBLIC_KEY", "JWT_JWKS_URL", "REDIS_URL", "REDIS_HOST", "PTT_RECORDINGS");
    assertThat(unknown(all)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MESH_PORT_8080_TCP", "MESH_PORT_8080_TCP_ADDR", "PARROT_SERVICE_HOST", "GALLERY_SERVICE_PORT_HTTP", "MESH_NAME", "MESH_ENV_PATH", "MINI_SERVER_PORT_8080_TCP_PROTO",
      "REDIS_PORT_6379_TCP", "REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT", "REDIS_NAME", "PTT_SERVICE_HOST", "PRESENCE_PORT_80_TCP_ADDR"})
  void whatDockerAndKubernetesSetIsNotNamed(String name) {
    assertThat(unknown(Map.of(name, "tcp://10.0.0.7:8080"))).isEmpty();
  }

  @Test
  void otherProgramsVariablesAreTheirs() {
    assertThat(unknown(Map.of("PATH", "/bin", "MAX_USER", "1", "MESHES", "1", "MY_MESH_TOKEN", "1", "mesh_tokens", "1"))).isEmpty();
    assertThat(unknown(Map.of("MESH_TOKENS", " "))).as("empty counts as not set").isEmpty();
  }

  @Test
  void theyAreNamedInOrderAndWithoutTheirValues() {
    assertThat(unknown(Map.of("MESH_TOKENS", "hush", "GALLERY_X", "hush", "MESH_A", "hush"))).containsExactly("GALLERY_X", "MESH_A", "MESH_TOKENS");
    assertThat(ConfigurationCheck.report(environment(Map.of("MESH_TOKENS", "hush")))).doesNotContain("hush");
  }

  @Test
  void theStartWarnsOfThem() {
    Logger logger = (Logger) LoggerFactory.getLogger(Roost.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try (Roost roost = Roost.start(environment(Map.of("HOST", "127.0.0.1", "PORT", "0", "STORE", "memory", "MINI_SERVER_ORGANISATION_ID", "org_1", "MESH_PORT_8080_TCP", "tcp://10.0.0.7:8080")))) {
      assertThat(roost.port()).isPositive();
      assertThat(lines.list).filteredOn(line -> line.getLevel() == Level.WARN).singleElement()
          .satisfies(line -> assertThat(line.getFormattedMessage()).isEqualTo("MINI_SERVER_ORGANISATION_ID is no setting of Roost"));
    } finally {
      logger.detachAppender(lines);
    }
  }

  private static List<String> unknown(Map<String, String> environment) {
    return ConfigurationCheck.unknown(environment(environment));
  }

  private static Settings environment(Map<String, String> environment) {
    return new Settings(Map.of(), environment, Map.of());
  }
}
