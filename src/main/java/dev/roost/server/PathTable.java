package dev.roost.server;

import dev.roost.gallery.GalleryProtocol;
import dev.roost.parrot.ParrotProtocol;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Upgrade;
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
  /** Who takes the paths that nobody owns. */
  private final Optional<Protocol> catchAll;

  /** @param on the protocols that run, by name */
  PathTable(Map<String, Protocol> on) {
    this.on = on;
    addedPaths = addedPaths(on);
    catchAll = catchAll(on);
  }

  private static Map<String, String> addedPaths(Map<String, Protocol> on) {
    return on.get("gallery") instanceof GalleryProtocol gallery ? gallery.path().map(path -> Map.of(path, gallery.name())).orElse(Map.of()) : Map.of();
  }

  /** Paths that nobody owns are Parrot's, whose phones use any; without Parrot Gallery's or the echo's. */
  private static Optional<Protocol> catchAll(Map<String, Protocol> on) {
    if (on.get("parrot") instanceof ParrotProtocol parrot) {
      return Optional.<Protocol>of(parrot).filter(p -> parrot.catchesAll());
    }
    return on.get("gallery") instanceof GalleryProtocol gallery ? Optional.<Protocol>of(gallery).filter(g -> gallery.path().isEmpty()) : Optional.ofNullable(on.get("echo"));
  }

  /** Asks the protocol that the request belongs to. */
  Handshake route(Upgrade request) {
    String owner = OWN_PATHS.getOrDefault(request.path(), addedPaths.get(request.path()));
    if (owner == null && on.containsKey("gallery") && (request.request().parameter("userId").isPresent() || request.request().parameter("apiKey").isPresent())) {
      owner = "gallery";
    }
    if (owner == null) {
      return catchAll.map(protocol -> protocol.handshake(request)).orElseGet(() -> refuse("No protocol is on at this path"));
    }
    Protocol protocol = on.get(owner);
    return protocol != null ? protocol.handshake(request) : refuse("The protocol " + owner + " is off on this server");
  }

  private static Handshake refuse(String why) {
    return new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found: " + why));
  }
}
