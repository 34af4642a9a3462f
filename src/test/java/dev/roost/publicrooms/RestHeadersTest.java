package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.B;
import static dev.roost.publicrooms.RestEdge.assertError;
import static dev.roost.publicrooms.RestEdge.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.transport.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 1.4: what browsers are told with every answer, and what no answer tells anybody. */
class RestHeadersTest {
  private static final String ROOMS = "/api/public/rooms";
  private static final String USERS = "/api/public/users";
  private static final String NOBODY = "00000000-0000-4000-8000-000000000000";

  private final RestEdge edge = new RestEdge();

  private static void assertSecured(HttpResponse response) {
    assertThat(response.headers())
        .containsEntry("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
        .containsEntry("X-Frame-Options", "DENY")
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("Referrer-Policy", "strict-origin-when-cross-origin")
        .doesNotContainKey("X-Powered-By");
    assertThat(response.headers().get("Content-Security-Policy")).startsWith("default-src 'self'").doesNotContain("unsafe").doesNotContain("http");
  }

  @Test
  @DisplayName("1.4. Every answer may be read by the pages of the front end, and keeps browsers from mischief")
  void headers() {
    List<HttpResponse> answers = List.of(edge.get(A, ROOMS), edge.post(A, USERS, "{"), edge.get(A, "/api/public/x"), edge.join(A, NOBODY, NOBODY), edge.post(A, USERS, "{'displayName':'Ann'}"));
    assertThat(answers).allSatisfy(response -> {
      assertSecured(response);
      assertThat(response.headers()).containsEntry("Access-Control-Allow-Origin", "http://localhost:3000").containsEntry("Access-Control-Allow-Credentials", "true")
          .containsEntry("Access-Control-Expose-Headers", "X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After")
          .containsEntry("Content-Type", "application/json").containsEntry("Vary", "Origin");
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {ROOMS, USERS, ROOMS + "/x/join", "/api/public/nothing", "/api/public/"})
  @DisplayName("1.4. Browsers may ask whether a page may ask; that is not counted")
  void preflight(String path) {
    HttpResponse response = edge.ask(RestEdge.request("OPTIONS", path, A, Map.of("origin", List.of("http://localhost:3000")), new byte[0]));

    assertThat(response.status()).isEqualTo(204);
    assertThat(response.body()).isEmpty();
    assertSecured(response);
    assertThat(response.headers()).containsEntry("Access-Control-Allow-Origin", "http://localhost:3000").containsEntry("Access-Control-Allow-Credentials", "true")
        .containsEntry("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS").containsEntry("Access-Control-Allow-Headers", "Content-Type,Authorization")
        .containsEntry("Access-Control-Max-Age", "86400");
    assertThat(edge.get(A, ROOMS).headers()).containsEntry("X-RateLimit-Remaining", "99");
  }

  @Test
  @DisplayName("1.4. Another front end, and all of them")
  void origins() {
    assertThat(new RestEdge("FRONTEND_URL", "https://rooms.example").get(A, ROOMS).headers()).containsEntry("Access-Control-Allow-Origin", "https://rooms.example");
    assertThat(new RestEdge("FRONTEND_URL", "https://a.example", "PUBLIC_ROOMS_FRONTEND_URL", "https://b.example").get(A, ROOMS).headers())
        .containsEntry("Access-Control-Allow-Origin", "https://b.example");
    assertThat(new RestEdge("FRONTEND_URL", "*").get(A, ROOMS).headers()).containsEntry("Access-Control-Allow-Origin", "*").doesNotContainKey("Access-Control-Allow-Credentials");
  }

  @Test
  @DisplayName("1.4. On a port of its own every other path is not found either")
  void elsewhere() {
    assertError(edge.http.notFound(RestEdge.request("GET", "/", A, Map.of(), new byte[0])), 404, "NOT_FOUND");
    assertThat(edge.http.notFound(RestEdge.request("OPTIONS", "/x", A, Map.of(), new byte[0])).status()).isEqualTo(204);
  }

  @Test
  @DisplayName("33. No answer tells an address, or the hash of one")
  void privacy() {
    String user = edge.user(A);
    String stranger = edge.user(B);
    List<HttpResponse> answers = new ArrayList<>(List.of(edge.get(A, ROOMS), edge.join(A, edge.room(0), user), edge.join(B, edge.room(0), stranger), edge.join(A, edge.room(0), stranger),
        edge.leave(A, edge.room(1), stranger), edge.post(A, USERS, "{"), edge.get(A, "/api/public/x"), edge.leave(A, edge.room(0), user)));
    for (int i = 0; i < 6; i++) {
      answers.add(edge.join(A, NOBODY, NOBODY));
    }
    String hash = edge.hash.of(A);
    assertThat(answers).allSatisfy(response -> assertThat(text(response) + response.headers()).doesNotContain(A, B, hash.substring(0, 8), edge.hash.of(B).substring(0, 8)));
  }
}
