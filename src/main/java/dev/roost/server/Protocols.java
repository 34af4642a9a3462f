package dev.roost.server;

import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.echo.EchoProtocol;
import dev.roost.gallery.GalleryProtocol;
import dev.roost.mesh.MeshListener;
import dev.roost.mesh.MeshProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.store.Store;
import dev.roost.transport.Operators;
import dev.roost.transport.Protocol;
import dev.roost.transport.Transport;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The protocols that there are: a sixth one is one more line in each of these lists, and its rows in the {@link PathTable}. */
final class Protocols {
  /** Every name that {@code --only} and {@code --listen} know. */
  static final List<String> NAMES = List.of("parrot", "gallery", "mesh", "echo");
  static final String MESH_IS_OFF = "The protocol mesh is off: MINI_SERVER_ORGANIZATION_ID is not set";
  private static final List<String> ALWAYS = List.of("parrot", "gallery");

  private Protocols() {}

  /** What runs without {@code --only}: what needs no setting, and what has those that it needs. */
  static List<String> byDefault(Settings settings) {
    return MeshProtocol.isConfigured(settings) ? Stream.concat(ALWAYS.stream(), Stream.of("mesh")).toList() : ALWAYS;
  }

  /** Whether the mesh is off only because it has no organisation. */
  static boolean isMeshMissing(Settings settings) {
    return !MeshProtocol.isConfigured(settings) && settings.get(ServerSettings.ONLY).isEmpty();
  }

  /** The settings of each protocol that has some. */
  static Map<String, List<Setting<?>>> settings() {
    Map<String, List<Setting<?>>> settings = new LinkedHashMap<>();
    settings.put("parrot", ParrotProtocol.settings());
    settings.put("gallery", GalleryProtocol.settings());
    settings.put("mesh", MeshProtocol.settings());
    return settings;
  }

  /** Whether one of these protocols keeps something. */
  static boolean needStore(List<String> names) {
    return names.contains("gallery");
  }

  /** Throws SettingException if settings of these protocols contradict each other. */
  static void check(List<String> names, Settings settings) {
    PathTable.addedPaths(names, settings);
    if (names.contains("gallery")) {
      GalleryProtocol.check(settings);
    }
    if (names.contains("mesh")) {
      MeshProtocol.check(settings);
    }
  }

  /** Makes the protocols of these names, in this order; throws SettingException if a setting is wrong, StoreException if what they kept cannot be read. */
  static Map<String, Protocol> create(List<String> names, Transport transport, Store store, Settings settings, MeshListener listener) {
    RandomIds ids = new RandomIds(new SecureRandom());
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    for (String name : names) {
      protocols.put(name, switch (name) {
        case "parrot" -> new ParrotProtocol(transport.assignLoop(), settings, ids);
        case "gallery" -> new GalleryProtocol(transport.assignLoop(), settings, ids, store);
        case "mesh" -> new MeshProtocol(transport::assignLoop, settings, ids, new Operators(settings.get(ServerSettings.ADMIN_TOKEN)), listener);
        case "echo" -> new EchoProtocol();
        default -> throw new IllegalArgumentException(name);
      });
    }
    return protocols;
  }
}
