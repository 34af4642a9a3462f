package dev.roost.server;

import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.echo.EchoProtocol;
import dev.roost.gallery.GalleryProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.store.Store;
import dev.roost.transport.Protocol;
import dev.roost.transport.Transport;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The protocols that there are: a sixth one is one more line in each of these lists, and its rows in the {@link PathTable}. */
final class Protocols {
  /** Every name that {@code --only} and {@code --listen} know. */
  static final List<String> NAMES = List.of("parrot", "gallery", "echo");
  /** What runs without {@code --only}. */
  static final List<String> DEFAULT = List.of("parrot", "gallery");

  private Protocols() {}

  /** The settings of each protocol that has some. */
  static Map<String, List<Setting<?>>> settings() {
    Map<String, List<Setting<?>>> settings = new LinkedHashMap<>();
    settings.put("parrot", ParrotProtocol.settings());
    settings.put("gallery", GalleryProtocol.settings());
    return settings;
  }

  /** Whether one of these protocols keeps something. */
  static boolean needStore(List<String> names) {
    return names.contains("gallery");
  }

  /** Makes the protocols of these names, in this order; throws SettingException if a setting is wrong, StoreException if what they kept cannot be read. */
  static Map<String, Protocol> create(List<String> names, Transport transport, Store store, Settings settings) {
    RandomIds ids = new RandomIds(new SecureRandom());
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    for (String name : names) {
      protocols.put(name, switch (name) {
        case "parrot" -> new ParrotProtocol(transport.assignLoop(), settings, ids);
        case "gallery" -> new GalleryProtocol(transport.assignLoop(), settings, ids, store);
        case "echo" -> new EchoProtocol();
        default -> throw new IllegalArgumentException(name);
      });
    }
    return protocols;
  }
}
