package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.B;
import static dev.roost.publicrooms.RestEdge.assertError;
import static dev.roost.publicrooms.RestEdge.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.transport.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sections 1.4 and 2.6: how much an address may ask for, and how it is told. */
class RestBudgetsTest {
  private static final String ROOMS = "/api/public/rooms";
  private static final String USERS = "/api/public/users";
  private static final String NOBODY = "00000000-0000-4000-8000-000000000000";

  private final RestEdge edge = new RestEdge();

  private HttpResponse join(String body) {
    return edge.post(A, ROOMS + "/" + edge.room(0) + "/join", body);
  }

  @Test
  @DisplayName("1.4. What is left is told with every answer that was let through")
  void budgetHeaders() {
    Map<String, String> first = edge.get(A, ROOMS).headers();
    assertThat(first).containsEntry("X-RateLimit-Limit", "100").containsEntry("X-RateLimit-Remaining", "99").containsEntry("X-RateLimit-Reset", "2026-01-01T00:01:00.000Z");
    edge.loop.passMillis(5_000);
    assertThat(edge.post(A, USERS, "{").headers()).as("400").containsEntry("X-RateLimit-Remaining", "98").containsEntry("X-RateLimit-Reset", "2026-01-01T00:01:00.000Z");
    assertThat(edge.post(A, USERS, "{'displayName':'<b>'}").headers()).containsEntry("X-RateLimit-Remaining", "97");
    String user = edge.user(A);
    assertThat(edge.join(A, NOBODY, user).headers()).as("404 of a join").containsEntry("X-RateLimit-Limit", "5").containsEntry("X-RateLimit-Remaining", "4")
        .containsEntry("X-RateLimit-Reset", "2026-01-01T00:01:05.000Z");
    assertThat(edge.join(A, edge.room(0), user).headers()).containsEntry("X-RateLimit-Remaining", "3");
    assertThat(edge.leave(A, edge.room(0), user).headers()).containsEntry("X-RateLimit-Limit", "100").containsEntry("X-RateLimit-Remaining", "95");
  }

  @Test
  @DisplayName("28. The 101st request, and what follows")
  void apiLimit() {
    for (int i = 0; i < 100; i++) {
      assertThat(edge.get(A, ROOMS).status()).isEqualTo(200);
    }
    edge.loop.passMillis(500);
    HttpResponse refused = edge.get(A, ROOMS);
    assertError(refused, 429, "RATE_LIMIT_EXCEEDED");
    assertThat(body(refused).at("error", "retryAfter").number()).isBetween(1L, 60L);
    assertThat(refused.headers()).containsEntry("Retry-After", "60").containsEntry("X-RateLimit-Remaining", "0");
    assertError(edge.post(A, USERS, "{"), 429, "RATE_LIMIT_EXCEEDED");
    assertError(edge.post(A, USERS, "x".repeat(20_000)), 429, "RATE_LIMIT_EXCEEDED");
    assertError(edge.leave(A, "x", "y"), 429, "RATE_LIMIT_EXCEEDED");
    assertThat(edge.get(B, ROOMS).status()).isEqualTo(200);
    assertError(edge.join(A, NOBODY, NOBODY), 404, "USER_NOT_FOUND");
    edge.loop.pass(Duration.ofSeconds(61));
    assertThat(edge.get(A, ROOMS).headers()).containsEntry("X-RateLimit-Remaining", "99");
  }

  @Test
  @DisplayName("28. The sixth join; 429 comes before every other error")
  void joinLimit() {
    for (int i = 0; i < 5; i++) {
      assertError(join("{"), 400, "INVALID_INPUT");
    }
    HttpResponse refused = join("{");
    assertError(refused, 429, "JOIN_LIMIT_EXCEEDED");
    assertThat(body(refused).at("error", "retryAfter").number()).isBetween(299L, 300L);
    assertThat(refused.headers().get("Retry-After")).isEqualTo(Long.toString(body(refused).at("error", "retryAfter").number()));
    assertThat(edge.get(A, ROOMS).status()).isEqualTo(200);
    assertThat(edge.join(B, edge.room(0), edge.user(B)).status()).isEqualTo(200);
    edge.loop.pass(Duration.ofSeconds(301));
    assertThat(edge.join(A, edge.room(0), edge.user(A)).headers()).containsEntry("X-RateLimit-Remaining", "4");
  }
}
