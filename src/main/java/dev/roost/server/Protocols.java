package dev.roost.server;

import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.echo.EchoProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.transport.Protocol;
import dev.roost.transport.Transport;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The protocols that there are: a sixth one is one more line in each of these lists, and its rows in the {@link PathTable}. */
final class Protocols {
  /** Every name that {@code --only} and {@code --listen} know. */
  static final List<String> NAMES = List.of("parrot", "echo");
  /** What runs without {@code --only}. */
  static final List<String> DEFAULT = List.of("parrot");

  private Protocols() {}

  /** The settings of each protocol that has some. */
  static Map<String, List<Setting<?>>> settings() {
    return Map.of("parrot", ParrotProtocol.settings());
  }

  /** Makes the protocols of these names, in this order; throws SettingException if a setting is wrong. */
  static Map<String, Protocol> create(List<String> names, Transport transport, Settings settings) {
    RandomIds ids = new RandomIds(new SecureRandom());
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    for (String name : names) {
      protocols.put(name, switch (name) {
        case "parrot" -> new ParrotProtocol(transport.assignLoop(), settings, ids);
        case "echo" -> new EchoProtocol();
        default -> throw new IllegalArgumentException(name);
      });
    }
    return protocols;
  }
}
