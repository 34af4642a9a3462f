package dev.roost.server;

import dev.roost.conformance.ConformanceProtocol;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.gallery.GalleryProtocol;
import dev.roost.mesh.MeshProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.ptt.PttProtocol;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Upgrade;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which protocol an upgrade request on the shared port belongs to. The README has this table; a path of its own belongs to a protocol
 * even when that is off, so that its clients are told so and do not end up as somebody else's.
 */
final class PathTable {
  private static final Map<String, String> OWN_PATHS = Map.ofEntries(
      Map.entry("/pocket-parrot", "parrot"),
      Map.entry("/dashboard", "parrot"),
      Map.entry("/listener", "parrot"),
      Map.entry("/orientation", "parrot"),
      Map.entry("/bulk", "parrot"),
      Map.entry("/gallery", "gallery"),
      Map.entry("/mesh", "mesh"),
      Map.entry("/ptt", "ptt"),
      Map.entry("/socket.io/", "publicrooms"),
      Map.entry("/echo", "echo"),
      Map.entry("/engine.io/", "conformance"));

  private final Map<String, Protocol> on;
  /** Paths that settings give to a protocol besides its own. */
  private final Map<String, String> addedPaths;
  /** A device of a mesh is told that there is none, where that is so, and does not end up as somebody else's client. */
  private final boolean meshMayBeAnywhere;
  /** Who takes the paths that nobody owns. */
  private final Optional<Protocol> catchAll;

  /** @param on the protocols that run, by name */
  PathTable(Map<String, Protocol> on, Settings settings) {
    this.on = on;
    addedPaths = addedPaths(on.keySet(), settings);
    meshMayBeAnywhere = !addedPaths.containsValue("mesh");
    catchAll = catchAll();
  }

  /** Throws SettingException if a path that a setting adds is taken already. */
  static Map<String, String> addedPaths(Collection<String> on, Settings settings) {
    Map<String, String> paths = new HashMap<>();
    if (on.contains("gallery")) {
      GalleryProtocol.path(settings).ifPresent(path -> add(paths, path, "gallery", settings));
    }
    if (on.contains("mesh")) {
      MeshProtocol.path(settings).ifPresent(path -> add(paths, path, "mesh", settings));
    }
    return paths;
  }

  private static void add(Map<String, String> paths, String path, String protocol, Settings settings) {
    String owner = OWN_PATHS.getOrDefault(path, paths.putIfAbsent(path, protocol));
    if (owner != null && !owner.equals(protocol)) {
      String name = protocol.toUpperCase(Locale.ROOT) + "_PATH";
      String source = Options.all().stream().filter(setting -> setting.name().equals(name)).map(settings::source).findFirst().orElseThrow();
      throw new SettingException(name + " must be * or a path that no other protocol has, but was \"" + path + "\" (from " + source + "), which is " + owner + "'s");
    }
  }

  /** Paths that nobody owns are Parrot's, whose phones use any; without Parrot Gallery's, the mesh's, PTT's or the echo's. */
  private Optional<Protocol> catchAll() {
    if (on.get("parrot") instanceof ParrotProtocol parrot) {
      return Optional.<Protocol>of(parrot).filter(p -> parrot.catchesAll());
    }
    Optional<String> first = Stream.of("gallery", "mesh", "ptt").filter(on::containsKey).findFirst();
    return first.map(name -> Optional.of(on.get(name)).filter(protocol -> !addedPaths.containsValue(name))).orElse(Optional.ofNullable(on.get("echo")));
  }

  /** Asks the protocol that the request belongs to. */
  Handshake route(Upgrade request) {
    Optional<String> owner = owner(request);
    if (owner.isEmpty()) {
      return catchAll.map(protocol -> protocol.handshake(request)).orElseGet(() -> refuse("No protocol is on at this path"));
    }
    Protocol protocol = on.get(owner.get());
    return protocol != null ? protocol.handshake(request) : refuse("The protocol " + owner.get() + " is off on this server");
  }

  /** By the path, else by the parameters and headers that the old clients send. */
  private Optional<String> owner(Upgrade request) {
    String byPath = OWN_PATHS.getOrDefault(request.path(), addedPaths.get(request.path()));
    if (byPath != null) {
      boolean isTested = request.path().equals(ConformanceProtocol.SOCKET_PATH) && !on.containsKey(byPath) && on.containsKey("conformance");
      return Optional.of(isTested ? "conformance" : byPath);
    }
    if (meshMayBeAnywhere && MeshProtocol.isMeant(request)) {
      return Optional.of("mesh");
    }
    if (on.get("ptt") instanceof PttProtocol ptt ? ptt.takes(request) : PttProtocol.isMeant(request)) {
      return Optional.of("ptt");
    }
    return on.containsKey("gallery") && GalleryProtocol.isMeant(request) ? Optional.of("gallery") : Optional.empty();
  }

  private static Handshake refuse(String why) {
    return new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found: " + why));
  }
}
