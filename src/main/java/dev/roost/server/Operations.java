package dev.roost.server;

import dev.roost.core.Loop;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Router;
import dev.roost.transport.Transport;
import dev.roost.transport.json.JsonOut;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * What operators and their tools ask: {@code /health}, {@code /stats} (both in Gallery's shape, with more keys), {@code /ready} and {@code /metrics}. No names, no addresses, no content.
 */
final class Operations {
  /** A scrape takes milliseconds, the first one a quarter of a second. */
  private static final Executor BESIDE_THE_LOOPS = Thread::startVirtualThread;

  private final Transport transport;
  private final Collection<Protocol> protocols;
  private final Metrics metrics;
  private final Loop clock;
  private final long startNanos;
  private volatile boolean draining;

  Operations(Transport transport, Collection<Protocol> protocols) {
    this.transport = transport;
    this.protocols = protocols;
    clock = transport.assignLoop();
    startNanos = clock.nanos();
    metrics = new Metrics(transport);
  }

  void addTo(Router router) {
    router.get("/health", health())
        .get("/ready", HttpHandler.now(this::ready))
        .get("/stats", request -> figures().thenApply(this::stats))
        .get("/metrics", request -> figures().thenApplyAsync(figures -> HttpResponse.of(200, Metrics.CONTENT_TYPE, metrics.scrape(figures)), BESIDE_THE_LOOPS));
  }

  HttpHandler health() {
    return HttpHandler.now(request -> HttpResponse.json(200, new JsonOut()
        .put("status", "ok")
        .put("rooms", 0)
        .put("users", transport.meter().connections.sum())
        .put("uptime", uptime().toMillis() / 1000.0)
        .put("version", Version.NUMBER)
        .toText()));
  }

  /** From now on the server is not ready for new clients. */
  void drain() {
    draining = true;
    metrics.close();
  }

  private HttpResponse ready(HttpRequest request) {
    return HttpResponse.json(draining ? 503 : 200, new JsonOut().put("ready", !draining).toText());
  }

  private HttpResponse stats(Map<String, Map<String, Number>> figures) {
    JsonOut out = new JsonOut().list("rooms").endList().put("totalUsers", transport.meter().connections.sum());
    figures.forEach((protocol, values) -> {
      out.object(protocol);
      values.forEach((name, value) -> out.put(name, value.longValue()));
      out.end();
    });
    return HttpResponse.json(200, out.toText());
  }

  /** The figures of all protocols that have some, by the protocol's name. */
  private CompletionStage<Map<String, Map<String, Number>>> figures() {
    CompletionStage<Map<String, Map<String, Number>>> all = CompletableFuture.completedStage(new LinkedHashMap<>());
    for (Protocol protocol : protocols) {
      all = all.thenCombine(protocol.figures(), (sum, figures) -> {
        if (!figures.isEmpty()) {
          sum.put(protocol.name(), figures);
        }
        return sum;
      });
    }
    return all;
  }

  private Duration uptime() {
    return Duration.ofNanos(clock.nanos() - startNanos);
  }
}
