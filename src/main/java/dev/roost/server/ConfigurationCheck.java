package dev.roost.server;

import dev.roost.cluster.RedisSettings;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code --check-config} prints: every setting that is not the default, where it comes from, and that all of them make sense. */
final class ConfigurationCheck {
  private static final List<String> PREFIXES = List.of("PARROT_", "GALLERY_", "MESH_", "MINI_SERVER_", "PUBLIC_ROOMS_", "SOCKETIO_", "PTT_", "PRESENCE_", "JWT_", "REDIS_");
  /** What Docker and Kubernetes set for a neighbour of this name. */
  private static final Pattern OF_CONTAINERS = Pattern.compile("_(PORT|SERVICE|ENV|NAME)(_|$)");

  private ConfigurationCheck() {}

  /** Variables of the environment that look like settings of a protocol, and are none: most likely misspelt. */
  static List<String> unknown(Settings settings) {
    Set<String> known = Options.all().stream().flatMap(setting -> setting.names().stream()).collect(Collectors.toSet());
    return PREFIXES.stream().flatMap(prefix -> settings.environmentNames(prefix).stream())
        .filter(name -> !known.contains(name) && !OF_CONTAINERS.matcher(name).find()).toList();
  }

  /** The report; throws SettingException if a setting is wrong. */
  static String report(Settings settings) {
    ServerSettings server = ServerSettings.from(settings);
    Protocols.check(server.protocols(), settings);
    RedisSettings.target(settings);
    StringBuilder report = new StringBuilder();
    for (Setting<?> setting : Options.all()) {
      settings.get(setting);
      if (settings.isSet(setting)) {
        report.append(setting.names().getFirst()).append(" = ").append(setting.isSecret() ? "(secret)" : settings.text(setting))
            .append("  (from ").append(settings.source(setting)).append(")\n");
      }
    }
    unknown(settings).forEach(name -> report.append(name).append(" is no setting of Roost\n"));
    Protocols.off(settings).forEach(line -> report.append(line).append('\n'));
    return report.append("The configuration is valid: ").append(String.join(", ", server.protocols())).append(" on ").append(server.host()).append(':')
        .append(server.port()).append(server.ownPorts().isEmpty() ? "" : " and " + server.ownPorts()).append('\n').toString();
  }
}
