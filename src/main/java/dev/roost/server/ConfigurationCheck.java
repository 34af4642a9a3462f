package dev.roost.server;

import dev.roost.core.Setting;
import dev.roost.core.Settings;

/** What {@code --check-config} prints: every setting that is not the default, where it comes from, and that all of them make sense. */
final class ConfigurationCheck {

  private ConfigurationCheck() {}

  /** The report; throws SettingException if a setting is wrong. */
  static String report(Settings settings) {
    ServerSettings server = ServerSettings.from(settings);
    Protocols.check(server.protocols(), settings);
    StringBuilder report = new StringBuilder();
    for (Setting<?> setting : Options.all()) {
      settings.get(setting);
      if (settings.isSet(setting)) {
        report.append(setting.names().getFirst()).append(" = ").append(setting.isSecret() ? "(secret)" : settings.text(setting))
            .append("  (from ").append(settings.source(setting)).append(")\n");
      }
    }
    return report.append("The configuration is valid: ").append(String.join(", ", server.protocols())).append(" on ").append(server.host()).append(':')
        .append(server.port()).append(server.ownPorts().isEmpty() ? "" : " and " + server.ownPorts()).append('\n').toString();
  }
}
