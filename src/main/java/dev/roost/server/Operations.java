package dev.roost.server;

import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.store.Store;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What operators and their tools ask: {@code /health}, {@code /stats} (both in Gallery's shape, with more keys), {@code /ready} and {@code /metrics}. No names, no addresses, no content.
 */
final class Operations {
  /** A scrape takes milliseconds, the first one a quarter of a second. */
  private static final Executor BESIDE_THE_LOOPS = Thread::startVirtualThread;

  private final Transport transport;
  private final Store store;
  private final Collection<Protocol> protocols;
  private final Metrics metrics;
  private final Loop clock;
  private final long startNanos;
  private volatile boolean draining;

  Operations(Transport transport, Store store, Collection<Protocol> protocols) {
    this.transport = transport;
    this.store = store;
    this.protocols = protocols;
    clock = transport.assignLoop();
    startNanos = clock.nanos();
    metrics = new Metrics(transport, store);
  }

  void addTo(Router router) {
    router.get("/health", health())
        .get("/ready", HttpHandler.now(this::ready))
        .get("/stats", stats())
        .get("/metrics", metrics());
  }

  HttpHandler metrics() {
    return request -> figures().thenCombine(of(Protocol::metrics), (figures, named) -> (Supplier<HttpResponse>) () -> HttpResponse.of(200, Metrics.CONTENT_TYPE,
        metrics.scrape(figures, named.values().stream().flatMap(List::stream).toList()))).thenApplyAsync(Supplier::get, BESIDE_THE_LOOPS);
  }

  HttpHandler health() {
    return request -> figures().thenApply(figures -> HttpResponse.json(200, new JsonOut()
        .put("status", "ok")
        // Gallery's, as its clients know it; public rooms are always there.
        .put("rooms", figures.getOrDefault("gallery", Map.of()).getOrDefault("rooms", 0).longValue())
        .put("users", transport.meter().connections.sum())
        .put("uptime", uptime().toMillis() / 1000.0)
        .put("version", Version.NUMBER)
        .toText()));
  }

  /** Gallery's shape, with the figures of each protocol beside it; a protocol may want proof before it shows its rooms. */
  HttpHandler stats() {
    return request -> protocols.stream().allMatch(protocol -> protocol.showsStatsTo(request))
        ? of(Protocol::rooms).thenCombine(figures(), this::stats).thenCombine(of(protocol -> protocol.details(request)), Operations::withDetails)
        : CompletableFuture.completedStage(HttpResponse.text(401, "Unauthorized: the API key, as ?apiKey= or X-API-Key"));
  }

  /** From now on the server is not ready for new clients. */
  void drain() {
    draining = true;
    metrics.close();
  }

  private HttpResponse ready(HttpRequest request) {
    boolean canStore = store.figures().isHealthy();
    JsonOut out = new JsonOut().put("ready", !draining && canStore);
    if (!canStore) {
      out.put("reason", "The store cannot be written at present");
    }
    return HttpResponse.json(draining || !canStore ? 503 : 200, out.toText());
  }

  private Stats stats(Map<String, List<Protocol.RoomFigures>> rooms, Map<String, Map<String, Number>> figures) {
    return new Stats(rooms.values().stream().flatMap(List::stream).toList(), transport.meter().connections.sum(), figures);
  }

  private record Stats(List<Protocol.RoomFigures> rooms, long totalUsers, Map<String, Map<String, Number>> figures) {}

  private static HttpResponse withDetails(Stats stats, Map<String, Map<String, RawJson>> details) {
    JsonOut out = new JsonOut().list("rooms");
    for (Protocol.RoomFigures room : stats.rooms) {
      out.item().put("roomId", room.roomId()).put("userCount", room.userCount()).put("createdAt", room.createdAt().toEpochMilli())
          .put("lastActivity", room.lastActivity().toEpochMilli()).end();
    }
    out.endList().put("totalUsers", stats.totalUsers);
    stats.figures.forEach((protocol, values) -> {
      out.object(protocol);
      values.forEach((name, value) -> out.put(name, value.longValue()));
      details.get(protocol).forEach(out::put);
      out.end();
    });
    return HttpResponse.json(200, out.toText());
  }

  /** The figures of all protocols that have some, by the protocol's name. */
  private CompletionStage<Map<String, Map<String, Number>>> figures() {
    return of(Protocol::figures).thenApply(all -> {
      all.values().removeIf(Map::isEmpty);
      return all;
    });
  }

  /** What every protocol says, by its name, in their order. */
  private <T> CompletionStage<Map<String, T>> of(Function<Protocol, CompletionStage<T>> question) {
    CompletionStage<Map<String, T>> all = CompletableFuture.completedStage(new LinkedHashMap<>());
    for (Protocol protocol : protocols) {
      all = all.thenCombine(question.apply(protocol), (answers, answer) -> {
        answers.put(protocol.name(), answer);
        return answers;
      });
    }
    return all;
  }

  private Duration uptime() {
    return Duration.ofNanos(clock.nanos() - startNanos);
  }
}
