package dev.roost.transport;

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

  /**
   * Says goodbye: sends what is due, then closes all connections. Any thread.
   *
   * @return done when everything was handed to the connections
   */
  CompletionStage<Void> drain();
}
