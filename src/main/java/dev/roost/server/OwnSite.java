package dev.roost.server;

import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Router;
import dev.roost.transport.Site;
import dev.roost.transport.Upgrade;
import java.util.concurrent.CompletionStage;

/** What is served on a protocol's own port: the protocol takes every path, as its original did; only {@code /health} is added, {@code /stats}
 * where the original did not answer everything itself, and what the protocol wants shown. */
final class OwnSite implements Site {
  private final Protocol protocol;
  private final Router router = new Router();

  OwnSite(Protocol protocol, Operations operations) {
    this.protocol = protocol;
    router.get("/health", operations.health()).otherwise(protocol.plainHttp());
    if (protocol.plainHttp().isEmpty()) {
      router.get("/stats", operations.stats());
    }
    if (protocol.showsMetrics()) {
      router.get("/metrics", operations.metrics());
    }
    if (protocol.showsDescription()) {
      StaticFiles.add(router, "/openapi.json", "openapi.json");
    }
    protocol.routes(router);
    protocol.ownRoutes(router);
  }

  @Override
  public Handshake upgrade(Upgrade request) {
    return protocol.handshake(request);
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    return router.handle(request).thenApply(protocol::onOwnPort);
  }

  @Override
  public HttpResponse tooLarge(String path, int maxBytes) {
    return protocol.onOwnPort(protocol.tooLarge(path).orElseGet(() -> Site.super.tooLarge(path, maxBytes)));
  }
}
