package dev.roost.transport;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Answers HTTP requests. Called on the loop of the socket; must not block, and may answer later from any thread. */
@FunctionalInterface
public interface HttpHandler {

  CompletionStage<HttpResponse> handle(HttpRequest request);

  /** A handler that answers at once. */
  static HttpHandler now(Function<HttpRequest, HttpResponse> answer) {
    return request -> CompletableFuture.completedStage(answer.apply(request));
  }
}
