package dev.roost.server;

import dev.roost.cluster.Redis;
import dev.roost.conformance.ConformanceProtocol;
import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.echo.EchoProtocol;
import dev.roost.gallery.GalleryProtocol;
import dev.roost.mesh.MeshListener;
import dev.roost.mesh.MeshProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.ptt.PttProtocol;
import dev.roost.publicrooms.PublicRoomsProtocol;
import dev.roost.store.Store;
import dev.roost.transport.Operators;
import dev.roost.transport.Protocol;
import dev.roost.transport.Transport;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The protocols that there are: a sixth one is one more line in each of these lists, and its rows in the {@link PathTable}. */
final class Protocols {
  /** Every name that {@code --only} and {@code --listen} know. */
  static final List<String> NAMES = List.of("parrot", "gallery", "mesh", "publicrooms", "ptt", "echo", "conformance");
  private static final List<String> ALWAYS = List.of("parrot", "gallery", "publicrooms");
  /** What these cannot do without. */
  private static final Map<String, Need> NEEDS = new LinkedHashMap<>(2);

  static {
    NEEDS.put("mesh", new Need(MeshProtocol::isConfigured, "an organisation", "MINI_SERVER_ORGANIZATION_ID", "such as org_1"));
    NEEDS.put("ptt", new Need(PttProtocol::isConfigured, "a key to check tokens with", "SECRET_KEY", "or JWT_PUBLIC_KEY or JWT_JWKS_URL"));
  }

  /** What a protocol cannot do without: what that is, the setting for it, and what more there is to say of it. */
  private record Need(Predicate<Settings> isMet, String what, String setting, String more) {}

  private Protocols() {}

  /** What runs without {@code --only}: what needs no setting, and what has those that it needs. */
  static List<String> byDefault(Settings settings) {
    return Stream.concat(ALWAYS.stream(), NEEDS.keySet().stream().filter(name -> NEEDS.get(name).isMet.test(settings))).toList();
  }

  /** A line for each protocol that is off only because it lacks what it needs. */
  static List<String> off(Settings settings) {
    return settings.get(ServerSettings.ONLY).isEmpty()
        ? NEEDS.keySet().stream().filter(name -> !NEEDS.get(name).isMet.test(settings)).map(name -> "The protocol " + name + " is off: " + NEEDS.get(name).setting + " is not set").toList()
        : List.of();
  }

  /** What a protocol needs and has not, and how it is set. */
  static Optional<String> missing(String name, Settings settings) {
    return Optional.ofNullable(NEEDS.get(name)).filter(need -> !need.isMet.test(settings)).map(need -> need.what + ": set " + need.setting + ", " + need.more);
  }

  /** The settings of each protocol that has some. */
  static Map<String, List<Setting<?>>> settings() {
    Map<String, List<Setting<?>>> settings = new LinkedHashMap<>();
    settings.put("parrot", ParrotProtocol.settings());
    settings.put("gallery", GalleryProtocol.settings());
    settings.put("mesh", MeshProtocol.settings());
    settings.put("publicrooms", PublicRoomsProtocol.settings());
    settings.put("ptt", PttProtocol.settings());
    settings.put("conformance", ConformanceProtocol.settings());
    return settings;
  }

  /** Whether one of these protocols keeps something. */
  static boolean needStore(List<String> names) {
    return names.contains("gallery") || names.contains("publicrooms");
  }

  /** Whether one of these protocols shares something with other servers, where there is a Redis. */
  static boolean needRedis(List<String> names) {
    return names.contains("ptt");
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
    if (names.contains("publicrooms")) {
      PublicRoomsProtocol.check(settings);
    }
    if (names.contains("ptt")) {
      PttProtocol.check(settings);
    }
  }

  /** Makes the protocols of these names, in this order; throws SettingException if a setting is wrong, StoreException if what they kept cannot be read. */
  static Map<String, Protocol> create(List<String> names, Transport transport, Store store, Optional<Redis> redis, Settings settings, MeshListener listener) {
    RandomIds ids = new RandomIds(new SecureRandom());
    Operators operators = new Operators(settings.get(ServerSettings.ADMIN_TOKEN));
    Map<String, Protocol> protocols = new LinkedHashMap<>();
    for (String name : names) {
      protocols.put(name, switch (name) {
        case "parrot" -> new ParrotProtocol(transport.assignLoop(), settings, ids);
        case "gallery" -> new GalleryProtocol(transport.assignLoop(), settings, ids, store);
        case "mesh" -> new MeshProtocol(transport::assignLoop, settings, ids, operators, listener);
        case "publicrooms" -> new PublicRoomsProtocol(transport.assignLoop(), settings, ids, store, operators,
            settings.get(ServerSettings.ALLOWED_ORIGINS), new PublicRoomsProtocol.SessionBounds(settings.get(ServerSettings.MAX_CONNECTIONS), settings.get(ServerSettings.MAX_CONNECTIONS_PER_ADDRESS)));
        case "ptt" -> new PttProtocol(transport.assignLoop(), settings, ids, redis, Thread::startVirtualThread, "Roost " + Version.NUMBER);
        case "echo" -> new EchoProtocol();
        case "conformance" -> new ConformanceProtocol(transport.assignLoop(), settings, ids);
        default -> throw new IllegalArgumentException(name);
      });
    }
    return protocols;
  }
}
