package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
  private final Router router = new Router()
      .get("/rooms", named("rooms"))
      .on("DELETE", "/rooms/*", named("a room"))
      .get("/api/public/*", named("public"))
      .get("/api/public/rooms/*", named("public rooms"))
      .get("/api/status", named("status"))
      .onAny("/any", named("any"))
      .on("POST", "/any", named("any but POST"))
      .onAny("/any/*", named("below any"))
      .get("/any/known", named("known"));

  @ParameterizedTest
  @CsvSource({
      "GET, /rooms, rooms", "HEAD, /rooms, rooms", "POST, /rooms, 405", "DELETE, /rooms/1, a room", "DELETE, /rooms/1/2, a room", "GET, /rooms/1, 404", "DELETE, /rooms/, 404",
      "GET, /api/public/x, public", "GET, /api/public/x/y/z, public", "GET, /api/public/rooms/x, public rooms", "GET, /api/public/rooms/x/join, public rooms",
      "GET, /api/public, 404", "GET, /api/public/, 404", "POST, /api/public/x, 404", "GET, /api/status, status", "GET, /api/status/x, 404", "GET, /, 404", "GET, //, 404", "GET, '', 404",
      "GET, /any, any", "HEAD, /any, any", "TRACE, /any, any", "BREW, /any, any", "POST, /any, any but POST", "HEAD, /any/x, below any", "BREW, /any/x/y, below any", "POST, /any/known, 405",
  })
  void aRequestFindsTheNearestRoute(String method, String path, String answer) {
    assertThat(ask(method, path)).isEqualTo(answer);
  }

  @Test
  void whatHasNoRouteGoesToTheFallback() {
    router.otherwise(Optional.of(named("other")));
    assertThat(ask("GET", "/nowhere")).isEqualTo("other");
    assertThat(ask("PATCH", "/api/public/x")).isEqualTo("other");
  }

  /** The text of an answer, or the status of a refusal. */
  private String ask(String method, String path) {
    HttpResponse response = router.handle(new HttpRequest(method, path, Map.of(), Map.of(), new byte[0], new HttpRequest.Client("203.0.113.9", false))).toCompletableFuture().join();
    return response.status() == 200 ? new String(response.body(), StandardCharsets.UTF_8).strip() : Integer.toString(response.status());
  }

  private static HttpHandler named(String name) {
    return HttpHandler.now(request -> HttpResponse.text(200, name));
  }
}
