package dev.roost.server;

import dev.roost.gallery.GalleryProtocol;
import dev.roost.mesh.MeshProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Upgrade;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which protocol an upgrade request on the shared port belongs to. The README has this table; a path of its own belongs to a protocol
 * even when that is off, so that its clients are told so and do not end up as somebody else's.
 */
final class PathTable {
  private static final Map<String, String> OWN_PATHS = Map.of(
      "/pocket-parrot", "parrot",
      "/dashboard", "parrot",
      "/listener", "parrot",
      "/orientation", "parrot",
      "/bulk", "parrot",
      "/gallery", "gallery",
      "/mesh", "mesh",
      "/ptt", "ptt",
      "/socket.io/", "publicrooms",
      "/echo", "echo");

  private final Map<String, Protocol> on;
  /** Paths that settings give to a protocol besides its own. */
  private final Map<String, String> addedPaths;
  /** A device of a mesh is told that there is none, where that is so, and does not end up as somebody else's client. */
  private final boolean meshMayBeAnywhere;
  /** Who takes the paths that nobody owns. */
  private final Optional<Protocol> catchAll;

  /** @param on the protocols that run, by name */
  PathTable(Map<String, Protocol> on) {
    this.on = on;
    addedPaths = addedPaths(on);
    meshMayBeAnywhere = !(on.get("mesh") instanceof MeshProtocol mesh) || mesh.path().isEmpty();
    catchAll = catchAll(on);
  }

  private static Map<String, String> addedPaths(Map<String, Protocol> on) {
    Map<String, String> paths = new HashMap<>();
    if (on.get("gallery") instanceof GalleryProtocol gallery) {
      gallery.path().ifPresent(path -> paths.put(path, gallery.name()));
    }
    if (on.get("mesh") instanceof MeshProtocol mesh) {
      mesh.path().ifPresent(path -> paths.put(path, mesh.name()));
    }
    return paths;
  }

  /** Paths that nobody owns are Parrot's, whose phones use any; without Parrot Gallery's, the mesh's or the echo's. */
  private static Optional<Protocol> catchAll(Map<String, Protocol> on) {
    if (on.get("parrot") instanceof ParrotProtocol parrot) {
      return Optional.<Protocol>of(parrot).filter(p -> parrot.catchesAll());
    }
    if (on.get("gallery") instanceof GalleryProtocol gallery) {
      return Optional.<Protocol>of(gallery).filter(g -> gallery.path().isEmpty());
    }
    if (on.get("mesh") instanceof MeshProtocol mesh) {
      return Optional.<Protocol>of(mesh).filter(m -> mesh.path().isEmpty());
    }
    return Optional.ofNullable(on.get("echo"));
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

  /** By the path, else by the parameters that the old clients' URLs have. */
  private Optional<String> owner(Upgrade request) {
    String byPath = OWN_PATHS.getOrDefault(request.path(), addedPaths.get(request.path()));
    if (byPath != null) {
      return Optional.of(byPath);
    }
    if (meshMayBeAnywhere && MeshProtocol.isMeant(request)) {
      return Optional.of("mesh");
    }
    return on.containsKey("gallery") && GalleryProtocol.isMeant(request) ? Optional.of("gallery") : Optional.empty();
  }

  private static Handshake refuse(String why) {
    return new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found: " + why));
  }
}
