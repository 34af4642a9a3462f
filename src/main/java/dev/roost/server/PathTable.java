package dev.roost.server;

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
  private final Optional<Protocol> catchAll;

  /**
   * @param on the protocols that run, by name
   * @param catchAll who takes the paths that nobody owns
   */
  PathTable(Map<String, Protocol> on, Optional<Protocol> catchAll) {
    this.on = on;
    this.catchAll = catchAll;
  }

  /** Asks the protocol that the request belongs to. */
  Handshake route(Upgrade request) {
    String owner = OWN_PATHS.get(request.path());
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
