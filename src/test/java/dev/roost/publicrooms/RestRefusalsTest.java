package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.assertError;
import static dev.roost.publicrooms.RestEdge.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Settings;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Router;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 1.4: what is no such request, or cannot be read, and what has failed. */
class RestRefusalsTest {
  private static final String ROOMS = "/api/public/rooms";
  private static final String USERS = "/api/public/users";

  private final RestEdge edge = new RestEdge();

  @ParameterizedTest
  @CsvSource({"GET, /api/public", "GET, /api/public/", "GET, /api/public/x", "POST, /api/public/rooms", "PUT, /api/public/rooms", "DELETE, /api/public/users", "GET, /api/public/users",
      "GET, /api/public/rooms/x/join", "POST, /api/public/rooms/x", "POST, /api/public/rooms/x/enter", "POST, /api/public/rooms//join", "POST, /api/public/rooms/x/join/y",
      "PATCH, /api/public/rooms/x/join", "TRACE, /api/public/rooms", "HEAD, /api/public/users", "GET, /api/public/rooms//"})
  @DisplayName("1.4. Everything else is not found, in the envelope, and is not counted")
  void notFound(String method, String path) {
    HttpResponse response = edge.ask(RestEdge.request(method, path, A, Map.of(), new byte[0]));

    assertError(response, 404, "NOT_FOUND");
    assertThat(response.headers()).doesNotContainKey("X-RateLimit-Remaining");
    assertThat(edge.get(A, ROOMS).headers()).containsEntry("X-RateLimit-Remaining", "99");
  }

  @Test
  @DisplayName("1.4. A slash at the end changes nothing, and HEAD asks as GET does")
  void slashAndHead() {
    assertThat(edge.get(A, ROOMS + "/").status()).isEqualTo(200);
    assertThat(edge.post(A, USERS + "/", "{'displayName':'Ann'}").status()).isEqualTo(201);
    HttpResponse head = edge.ask(RestEdge.request("HEAD", ROOMS, A, Map.of(), new byte[0]));
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.headers()).containsEntry("X-RateLimit-Remaining", "97");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data; boundary=application/json", "application/json-patch+json"})
  @DisplayName("1.4. A body of another type is not JSON, whatever it holds")
  void otherTypes(String type) {
    Map<String, List<String>> headers = type.isEmpty() ? Map.of() : Map.of("content-type", List.of(type));
    assertError(edge.ask(RestEdge.request("POST", USERS, A, headers, "{\"displayName\":\"Ann\"}".getBytes(StandardCharsets.UTF_8))), 400, "INVALID_INPUT");
  }

  @Test
  @DisplayName("1.4. Bytes that are no UTF-8 are not JSON")
  void otherEncodings() {
    Map<String, List<String>> json = Map.of("content-type", List.of("Application/JSON"));
    byte[] broken = "{\"displayName\":\"Ann\",\"x\":\"?\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(edge.ask(RestEdge.request("POST", USERS, A, json, broken)).status()).isEqualTo(201);
    broken[broken.length - 3] = (byte) 0xFF;
    assertError(edge.ask(RestEdge.request("POST", USERS, A, json, broken)), 400, "INVALID_INPUT");
    assertError(edge.ask(RestEdge.request("POST", USERS, A, json, "{\"displayName\":\"Ann\"}".getBytes(StandardCharsets.UTF_16BE))), 400, "INVALID_INPUT");
  }

  @Test
  @DisplayName("1.4. A body over the limit")
  void tooLarge() {
    String fits = "{'displayName':'Ann','x':'" + "x".repeat(16_384 - 28) + "'}";
    assertThat(fits).hasSize(16_384);
    assertThat(edge.post(A, USERS, fits).status()).isEqualTo(201);
    HttpResponse response = edge.post(A, USERS, fits + " ");
    assertError(response, 413, "PAYLOAD_TOO_LARGE");
    assertThat(response.headers()).containsEntry("X-RateLimit-Remaining", "98");
    assertError(edge.post(A, ROOMS + "/" + edge.room(0) + "/join", fits + " "), 413, "PAYLOAD_TOO_LARGE");
    assertError(edge.post(A, ROOMS + "/" + edge.room(0) + "/leave", "x".repeat(16_385)), 413, "PAYLOAD_TOO_LARGE");
  }

  @Test
  @DisplayName("1.4. A body over the server's own limit gets the same answer")
  void tooLargeForTheServer() {
    for (String path : new String[] {USERS, ROOMS + "/x/join", "/api/public/nothing"}) {
      HttpResponse response = edge.http.tooLarge(path).orElseThrow();
      assertError(response, 413, "PAYLOAD_TOO_LARGE");
      assertThat(response.headers()).containsEntry("Access-Control-Allow-Origin", "http://localhost:3000").containsEntry("X-Frame-Options", "DENY");
    }
    assertThat(edge.http.tooLarge("/api/publicity")).isEmpty();
    assertThat(edge.http.tooLarge("/")).isEmpty();
  }

  @Test
  @DisplayName("1.4. An unexpected failure looks like one, and tells nothing")
  void failure() {
    // On a loop that takes nothing more, as when the server ends.
    PublicRoomsHttp broken = new PublicRoomsHttp(new EndedLoop(edge.loop), edge.rooms, edge.hash, PublicRoomsSettings.from(Settings.of(Map.of())));
    Router router = new Router();
    broken.addTo(router);
    HttpResponse response = edge.answer(router.handle(RestEdge.request("GET", ROOMS, A, Map.of(), new byte[0])));
    assertError(response, 500, "INTERNAL_ERROR");
    assertThat(text(response)).doesNotContain("Exception");
    assertThat(response.headers()).containsKeys("Access-Control-Allow-Origin", "X-Content-Type-Options");
  }

  @Test
  @DisplayName("1.4. A failure on the rooms' loop, likewise")
  void failureOnTheLoop() {
    StudyRooms unready = new StudyRooms(edge.loop, PublicRoomsSettings.from(Settings.of(Map.of("PUBLIC_ROOMS_CHAT_HISTORY", "1"))), null, update -> {}, room -> null, () -> {
      throw new IllegalStateException("secret");
    });
    PublicRoomsHttp http = new PublicRoomsHttp(edge.loop, unready, edge.hash, PublicRoomsSettings.from(Settings.of(Map.of())));
    Router router = new Router();
    http.addTo(router);
    HttpResponse response = edge.answer(router.handle(RestEdge.request("POST", USERS, A, Map.of("content-type", List.of("application/json")), "{\"displayName\":\"Ann\"}".getBytes(StandardCharsets.UTF_8))));
    assertError(response, 500, "INTERNAL_ERROR");
    assertThat(text(response)).doesNotContain("secret");
  }
}
