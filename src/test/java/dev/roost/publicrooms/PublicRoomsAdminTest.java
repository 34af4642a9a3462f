package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.B;
import static dev.roost.publicrooms.RestEdge.body;
import static dev.roost.publicrooms.RestEdge.code;
import static dev.roost.publicrooms.RestEdge.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Announcement;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.Ping;
import dev.roost.sim.Json;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Operators;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3.6: the server-side methods, from Java and over HTTP. */
class PublicRoomsAdminTest {
  private final RestEdge edge = new RestEdge("PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "300");

  private RestEdge.Socket joined(String address) {
    String user = edge.user(address);
    RestEdge.Socket socket = edge.connect(address, edge.room(0));
    edge.loop.run(() -> edge.rooms.received(socket, new JoinRoom(Optional.of(user), Optional.empty())));
    socket.received.clear();
    return socket;
  }

  private static void assertError(HttpResponse response, int status, String code) {
    assertThat(response.status()).as(text(response)).isEqualTo(status);
    assertThat(code(response)).isEqualTo(code);
  }

  private HttpResponse broadcast(String roomId, String body) {
    return edge.operator("POST", "/" + roomId + "/broadcast", body);
  }

  // ---- Broadcast

  @Test
  @DisplayName("3.6. A broadcast reaches the joined sockets of the room, as it was given")
  void broadcasts() {
    RestEdge.Socket a = joined(A);
    RestEdge.Socket b = joined(B);
    RestEdge.Socket watching = edge.connect("192.0.2.3", edge.room(0));
    a.received.clear();
    HttpResponse response = broadcast(edge.room(0), "{'data':{ 'message' : 'Room capacity changed' },'event':'room-update'}");

    assertThat(response.status()).isEqualTo(200);
    assertThat(text(response)).isEqualTo(Json.quoted("{'success':true,'data':{'receivers':2}}"));
    assertThat(a.received).hasSize(1).isEqualTo(b.received);
    Announcement announcement = (Announcement) a.received.getFirst();
    assertThat(announcement.event()).isEqualTo("room-update");
    assertThat(announcement.data()).hasToString(Json.quoted("{ 'message' : 'Room capacity changed' }"));
    assertThat(watching.received).isEmpty();
    assertThat(body(broadcast(edge.room(0).toUpperCase(Locale.ROOT), "{'event':'x'}")).at("data", "receivers").number()).isEqualTo(2);
    assertThat(body(broadcast(edge.room(1), "{'event':'x','data':null}")).at("data", "receivers").number()).isZero();
  }

  @Test
  @DisplayName("3.6. An event may have any value, or none")
  void values() {
    RestEdge.Socket a = joined(A);
    for (String value : new String[] {"null", "5", "'x'", "[1,2]", "true"}) {
      assertThat(broadcast(edge.room(0), "{'event':'x','data':" + value + "}").status()).isEqualTo(200);
      assertThat(((Announcement) a.received.getLast()).data()).hasToString(Json.quoted(value));
    }
    assertThat(broadcast(edge.room(0), "{'event':'x'}").status()).isEqualTo(200);
    assertThat(((Announcement) a.received.getLast()).data().isPresent()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "{}", "{'event':5}", "{'event':''}", "{'event':null,'data':1}", "{'event':'connect'}", "{'event':'disconnect','data':{}}",
      "{'event':'newListener'}", "{'event':'x','event':7}"})
  @DisplayName("3.6. A broadcast that is none")
  void badBroadcasts(String given) {
    HttpResponse response = broadcast(edge.room(0), given);
    assertError(response, 400, "INVALID_INPUT");
    assertThat(body(response).at("error", "details", 0, "location").text()).isEqualTo("body");
    assertThat(edge.announced).isEmpty();
  }

  @Test
  @DisplayName("3.6. A broadcast that not every client could read")
  void deepBroadcasts() {
    String deepest = "[".repeat(32) + "]".repeat(32);
    assertThat(broadcast(edge.room(0), "{'event':'x','data':" + deepest + "}").status()).isEqualTo(200);
    HttpResponse response = broadcast(edge.room(0), "{'event':'x','data':[" + deepest + "]}");
    assertError(response, 400, "INVALID_INPUT");
    assertThat(body(response).at("error", "details", 0, "path").text()).isEqualTo("data");
    assertThat(text(response)).hasSizeLessThan(300);
    assertThatIllegalArgumentException().isThrownBy(() -> edge.api.broadcastToPublicRoom(edge.room(0), "x", "[" + deepest + "]"));
    assertThat(edge.announced).hasSize(1);
  }

  @Test
  @DisplayName("3.6. A broadcast to no room, a long name, bytes that are no UTF-8")
  void otherBadBroadcasts() {
    assertError(broadcast("00000000-0000-4000-8000-000000000000", "{'event':'x','data':1}"), 404, "ROOM_NOT_FOUND");
    assertError(broadcast("x", "{'event':'x'}"), 404, "ROOM_NOT_FOUND");
    assertThat(broadcast(edge.room(0), "{'event':'" + "x".repeat(256) + "'}").status()).isEqualTo(200);
    assertError(broadcast(edge.room(0), "{'event':'" + "x".repeat(257) + "'}"), 400, "INVALID_INPUT");
    byte[] broken = "{\"event\":\"x\",\"data\":\"?\"}".getBytes(StandardCharsets.UTF_8);
    broken[broken.length - 3] = (byte) 0xC3;
    assertThat(edge.ask(new HttpRequest("POST", RestEdge.ADMIN + "/" + edge.room(0) + "/broadcast", Map.of(), Map.of("content-type", List.of("application/json")), broken,
        new HttpRequest.Client("127.0.0.1", true))).status()).as("browsers would close on it").isEqualTo(400);
  }

  // ---- What is asked

  @Test
  @DisplayName("3.6. Live sockets of an address, however it is written")
  void connections() {
    edge.connect(A, edge.room(0));
    RestEdge.Socket second = edge.connect(A, edge.room(1));
    edge.connect("2001:db8::1", edge.room(1));
    assertThat(text(edge.operator("GET", "/connections", "", "ip", A))).isEqualTo(Json.quoted("{'success':true,'data':{'count':2}}"));
    assertThat(body(edge.operator("GET", "/connections", "", "ip", "::ffff:192.0.2.1")).at("data", "count").number()).isEqualTo(2);
    assertThat(body(edge.operator("GET", "/connections", "", "ip", "2001:DB8:0:0:0:0:0:1")).at("data", "count").number()).isEqualTo(1);
    edge.loop.run(() -> edge.rooms.disconnected(second));
    assertThat(body(edge.operator("GET", "/connections", "", "ip", A)).at("data", "count").number()).isEqualTo(1);
    assertThat(body(edge.operator("GET", "/connections", "", "ip", B)).at("data", "count").number()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"/connections, 10.1", "/connections, localhost", "/connections, ''", "/reconnection, 1.2.3.4.5", "/reconnection, x"})
  @DisplayName("3.6. What is no address")
  void noAddress(String path, String ip) {
    HttpResponse response = edge.operator("GET", path, "", "ip", ip);
    assertError(response, 400, "INVALID_INPUT");
    assertThat(body(response).at("error", "details")).isEqualTo(Json.parse(Json.quoted("[{'type':'field','msg':'ip must be an IP address','path':'ip','location':'query','value':'" + ip + "'}]")));
    assertThat(body(edge.operator("GET", path, "")).at("error", "details", 0).has("value")).isFalse();
  }

  @Test
  @DisplayName("3.6. How full the system is")
  void capacity() {
    RestEdge small = new RestEdge("PUBLIC_ROOMS_MAX_CONCURRENT", "2");
    assertThat(text(small.operator("GET", "/capacity", ""))).isEqualTo(Json.quoted("{'success':true,'data':{'active':0,'max':2,'queueLength':0,'freeSlots':2}}"));
    for (String address : new String[] {A, B, "192.0.2.3"}) {
      small.connect(address, small.room(0));
    }
    assertThat(text(small.operator("GET", "/capacity", ""))).isEqualTo(Json.quoted("{'success':true,'data':{'active':2,'max':2,'queueLength':1,'freeSlots':0}}"));
  }

  @Test
  @DisplayName("3.6. The backoff of an address, as times or null")
  void reconnection() {
    assertThat(text(edge.operator("GET", "/reconnection", "", "ip", A))).isEqualTo(Json.quoted("{'success':true,'data':{'count':0,'lastAttempt':null,'backoffUntil':null}}"));
    for (int i = 0; i < 3; i++) {
      RestEdge.Socket socket = edge.connect(A, edge.room(0));
      edge.loop.run(() -> edge.rooms.disconnected(socket));
    }
    assertThat(text(edge.operator("GET", "/reconnection", "", "ip", A))).isEqualTo(
        Json.quoted("{'success':true,'data':{'count':3,'lastAttempt':'2026-01-01T00:00:00.000Z','backoffUntil':'2026-01-01T00:00:01.000Z'}}"));
  }

  @Test
  @DisplayName("3.6. Without health checks nobody is pinged")
  void stopHealthChecks() {
    RestEdge.Socket socket = joined(A);
    edge.loop.passMillis(2_000);
    assertThat(socket.received).containsExactly(new Ping());
    HttpResponse response = edge.operator("POST", "/health-checks/stop", "");

    assertThat(response.status()).isEqualTo(200);
    assertThat(body(response).keys()).containsExactlyInAnyOrder("success", "message");
    edge.loop.pass(Duration.ofSeconds(60));
    assertThat(socket.received).as("also the ping that was not answered is forgotten").containsExactly(new Ping());
    assertThat(socket.isOver).isFalse();
    assertThat(edge.operator("POST", "/health-checks/stop", "").status()).as("a second time").isEqualTo(200);
  }

  // ---- Who may

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer wrong", "Basic c2VjcmV0"})
  @DisplayName("With ADMIN_TOKEN: only who shows it, also at this machine")
  void token(String authorization) {
    RestEdge closed = new RestEdge(new Operators("secret"));
    Map<String, List<String>> headers = authorization.isEmpty() ? Map.of() : Map.of("authorization", List.of(authorization));
    HttpResponse response = closed.ask(new HttpRequest("GET", RestEdge.ADMIN + "/capacity", Map.of(), headers, new byte[0],
        new HttpRequest.Client("127.0.0.1", true)));

    assertError(response, 401, "UNAUTHORIZED");
    assertThat(response.headers()).containsEntry("WWW-Authenticate", "Bearer").containsEntry("Content-Type", "application/json");
    assertThat(closed.ask(RestEdge.request("GET", RestEdge.ADMIN + "/capacity", A, Map.of("authorization", List.of("Bearer secret")), new byte[0])).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("Without ADMIN_TOKEN: only this machine, and nobody learns what is there")
  void thisMachine() {
    for (String path : new String[] {"", "/", "/capacity", "/nothing", "/connections", "/x/broadcast", "/health-checks/stop"}) {
      for (String method : new String[] {"GET", "POST", "DELETE", "OPTIONS"}) {
        assertError(edge.ask(RestEdge.request(method, RestEdge.ADMIN + path, A, Map.of(), new byte[0])), 403, "FORBIDDEN");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"GET, ''", "GET, /", "GET, /nothing", "POST, /capacity", "GET, /health-checks/stop", "GET, /x/broadcast", "POST, /broadcast", "POST, //broadcast", "POST, /x/y/broadcast",
      "DELETE, /capacity", "POST, /x/broadcast/", "OPTIONS, /capacity"})
  @DisplayName("What there is not is not found, in the envelope")
  void notFound(String method, String path) {
    assertError(edge.operator(method, path, "{'event':'x'}"), 404, "NOT_FOUND");
  }

  @Test
  @DisplayName("No page may read these answers, and no browser is led astray by them")
  void headers() {
    HttpResponse response = edge.operator("GET", "/capacity", "");
    assertThat(response.headers()).containsEntry("X-Content-Type-Options", "nosniff").containsEntry("X-Frame-Options", "DENY").containsEntry("Cache-Control", "no-store")
        .doesNotContainKey("Access-Control-Allow-Origin");
    assertThat(edge.operator("HEAD", "/capacity", "").status()).isEqualTo(200);
    HttpResponse tooLarge = PublicRoomsAdmin.tooLarge(RestEdge.ADMIN + "/x/broadcast").orElseThrow();
    assertError(tooLarge, 413, "PAYLOAD_TOO_LARGE");
    assertThat(PublicRoomsAdmin.tooLarge("/api/admin/mesh/election")).isEmpty();
  }

  @Test
  @DisplayName("33. No answer tells an address that was not asked for, or a hash")
  void privacy() {
    joined(A);
    String hash = edge.hash.of(A).substring(0, 8);
    for (HttpResponse response : List.of(edge.operator("GET", "/connections", "", "ip", A), edge.operator("GET", "/reconnection", "", "ip", A), edge.operator("GET", "/capacity", ""))) {
      assertThat(text(response) + response.headers()).doesNotContain(A, hash);
    }
  }

  // ---- From Java

  @Test
  @DisplayName("3.6. The methods of the document, from Java")
  void java() {
    RestEdge.Socket a = joined(A);
    PublicRoomsApi api = edge.api;
    assertThat(edge.answer(api.broadcastToPublicRoom(edge.room(0), "room-update", " {\"message\":\"x\"} ")).orElseThrow()).isEqualTo(1);
    assertThat(a.received).containsExactly((Outbound) new Announcement("room-update", ((Announcement) a.received.getFirst()).data()));
    assertThat(((Announcement) a.received.getFirst()).data()).hasToString("{\"message\":\"x\"}");
    assertThat(edge.answer(api.broadcastToPublicRoom(edge.room(0), "x", "")).orElseThrow()).isEqualTo(1);
    assertThat(((Announcement) a.received.getLast()).data()).isEqualTo(RawJson.ABSENT);
    assertThat(edge.answer(api.broadcastToPublicRoom("nowhere", "x", "1"))).isEmpty();
    assertThat(edge.answer(api.getConnectionCount("::ffff:" + A))).isEqualTo(1);
    assertThat(edge.answer(api.getCapacityStatus())).isEqualTo(new CapacityStatus(1, 100, 0, 99));
    assertThat(edge.answer(api.getReconnectionStatus(A)).count()).isEqualTo(1);
    edge.answer(api.stopHealthChecks());
    edge.loop.pass(Duration.ofSeconds(30));
    assertThat(a.isOver).isFalse();
  }

  @Test
  @DisplayName("3.6. What cannot be is said at once")
  void javaFaults() {
    PublicRoomsApi api = edge.api;
    assertThatIllegalArgumentException().isThrownBy(() -> api.broadcastToPublicRoom(edge.room(0), "connect", "1")).withMessageContaining("connect");
    assertThatIllegalArgumentException().isThrownBy(() -> api.broadcastToPublicRoom(edge.room(0), "", "1"));
    for (String json : new String[] {"{", "nul", "1 2", "{'a':1}", " "}) {
      assertThatIllegalArgumentException().as(json).isThrownBy(() -> api.broadcastToPublicRoom(edge.room(0), "x", json)).withMessageContaining("JSON");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> api.getConnectionCount("10.1")).withMessageContaining("10.1");
    assertThatIllegalArgumentException().isThrownBy(() -> api.getReconnectionStatus("somewhere"));
    assertThat(edge.announced).isEmpty();
  }
}
