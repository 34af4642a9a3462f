package dev.roost.server;

import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Router;
import dev.roost.transport.Site;
import dev.roost.transport.Upgrade;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What is served on the port that all protocols share: upgrades by the path table, operations, the web pages. */
final class SharedSite implements Site {
  private static final List<String> ASSETS = List.of("attitude.js", "dashboard.js", "favicon.svg", "format.js", "index.js", "listener.js", "page.js", "roost.css",
      "sender.js", "sensors.js", "socket.js", "sparkline.js", "walk.js");

  /** The first one is everybody's, the others are Parrot's. */
  private static final List<String> PAGES = List.of("/", "/dashboard", "/listener", "/sender");
  private static final List<String> OTHER_METHODS = List.of("POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final PathTable table;
  private final Collection<Protocol> protocols;
  private final Router router = new Router();

  SharedSite(PathTable table, Operations operations, Map<String, Protocol> protocols) {
    this.table = table;
    this.protocols = protocols.values();
    operations.addTo(router);
    StaticFiles.add(router, "/", "index.html");
    StaticFiles.add(router, "/openapi.json", "openapi.json");
    StaticFiles.addAssets(router, ASSETS);
    if (protocols.containsKey("parrot")) {
      StaticFiles.add(router, "/dashboard", "dashboard.html");
      StaticFiles.add(router, "/listener", "listener.html");
      StaticFiles.add(router, "/sender", "sender.html");
    }
    protocols.values().forEach(protocol -> protocol.routes(router));
    onlyProtocol(protocols).ifPresent(protocol -> protocol.ownRoutes(router));
    Optional<HttpHandler> original = onlyProtocol(protocols).flatMap(Protocol::plainHttp);
    router.otherwise(original.map(SharedSite::exceptAssets));
    List<String> pages = protocols.containsKey("parrot") ? PAGES : PAGES.subList(0, 1);
    original.ifPresent(handler -> pages.forEach(path -> OTHER_METHODS.forEach(method -> router.on(method, path, handler))));
  }

  @Override
  public Handshake upgrade(Upgrade request) {
    return table.route(request);
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    return router.handle(request);
  }

  @Override
  public HttpResponse tooLarge(String path, int maxBytes) {
    return protocols.stream().flatMap(protocol -> protocol.tooLarge(path).stream()).findFirst().orElseGet(() -> Site.super.tooLarge(path, maxBytes));
  }

  /** The answer of a protocol's original to any path holds where the protocol is alone; among several nobody owns the rest. */
  private static Optional<Protocol> onlyProtocol(Map<String, Protocol> protocols) {
    return protocols.size() == 1 ? protocols.values().stream().findFirst() : Optional.empty();
  }

  /** A file that is missing must look missing, not like a page of text. */
  private static HttpHandler exceptAssets(HttpHandler original) {
    return request -> request.path().startsWith("/assets/") ? Router.NOT_FOUND.handle(request) : original.handle(request);
  }
}
