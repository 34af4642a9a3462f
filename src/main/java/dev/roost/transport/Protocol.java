package dev.roost.transport;

import dev.roost.core.RawJson;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a protocol offers to the server: it decides about upgrade requests, and says goodbye when the server stops.
 *
 * <p>{@link #handshake} is called on the loop of the socket, so several at the same time; it must not block.
 */
public interface Protocol {

  /** The name in {@code --only} and {@code --listen}. */
  String name();

  /** Decides about one upgrade request that was routed here. */
  Handshake handshake(Upgrade request);

  /**
   * What a plain HTTP request gets that nothing else answers, where this protocol has the port to itself: its original's answer. Empty if the
   * original had none.
   */
  default Optional<HttpHandler> plainHttp() {
    return Optional.empty();
  }

  /**
   * Figures for {@code /stats} and {@code /metrics}, by name in camel case, such as {@code activeUsers}. Any thread; the answer comes from the
   * protocol's own loop.
   */
  default CompletionStage<Map<String, Number>> figures() {
    return CompletableFuture.completedStage(Map.of());
  }

  /** What {@code /metrics} shows beside the figures, under names that are not the server's choice. Any thread; the answer comes from the protocol's own loop. */
  default CompletionStage<List<Metric>> metrics() {
    return CompletableFuture.completedStage(List.of());
  }

  /** Adds the plain HTTP requests that this protocol answers, on the shared port as on one of its own. */
  default void routes(Router router) {}

  /** Adds the plain HTTP requests that it answers only where it has the port to itself, in place of the server's answers. */
  default void ownRoutes(Router router) {}

  /** What a request with a body longer than the server takes gets on a path of this protocol; empty if the path is none, or it is all the same. */
  default Optional<HttpResponse> tooLarge(String path) {
    return Optional.empty();
  }

  /** An answer as it goes out on a port of its own. */
  default HttpResponse onOwnPort(HttpResponse response) {
    return response;
  }

  /** Whether {@code /metrics} is shown on a port of its own, too. */
  default boolean showsMetrics() {
    return false;
  }

  /** Whether {@code /openapi.json}, which describes its plain HTTP requests with all others, is served on a port of its own, too. */
  default boolean showsDescription() {
    return false;
  }

  /** Where it can be reached: its own port, or the shared one. Called once, when all ports listen; clients may have come already. */
  default void listening(int port) {}

  /** What {@code /stats} shows beside the figures, by name, to who sends this request. Any thread. */
  default CompletionStage<Map<String, RawJson>> details(HttpRequest request) {
    return CompletableFuture.completedStage(Map.of());
  }

  /** Its rooms for {@code /stats}, in the order of their creation. Any thread. */
  default CompletionStage<List<RoomFigures>> rooms() {
    return CompletableFuture.completedStage(List.of());
  }

  /** Whether who sends this request may see {@code /stats}; a protocol may want proof. */
  default boolean showsStatsTo(HttpRequest request) {
    return true;
  }

  /**
   * A room as operators see it: no names, no users, no content.
   *
   * @param roomId the id
   * @param userCount members
   * @param createdAt when it was made
   * @param lastActivity when something last happened in it
   */
  record RoomFigures(String roomId, int userCount, Instant createdAt, Instant lastActivity) {}

  /**
   * Says goodbye: sends what is due, then closes all connections. Any thread.
   *
   * @return done when everything was handed to the connections
   */
  CompletionStage<Void> drain();

  /** Ends what does not end with its connections; when those are closed. May take a second. */
  default void close() {}
}
