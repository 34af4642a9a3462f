package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.CloseReason;
import dev.roost.core.SettingException;
import dev.roost.sim.Json;
import dev.roost.store.Store;
import dev.roost.store.Stores;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol.RoomFigures;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The upgrade, message rates, and what operators do over HTTP: sections 1, 4 and 7. */
class GalleryProtocolTest {
  private final GalleryEdge edge = new GalleryEdge();

  // ---- The upgrade

  @Test
  @DisplayName("1. Connect: connected with the userId of the query, the first one if there are several")
  void userId() {
    assertThat(edge.connect("userId", "u1").take()).containsExactly(Json.parse(Json.quoted("{'event':'connected','data':{'userId':'u1'}}")));
    assertThat(edge.connect("userId", "a", "userId", "b").take()).containsExactly(Json.parse(Json.quoted("{'event':'connected','data':{'userId':'a'}}")));
  }

  @Test
  @DisplayName("1. Connect: without userId one is made, each time another one")
  void generatedUserId() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      Json connected = (i % 2 == 0 ? edge.connect() : edge.connect("userId", "")).take().getFirst();
      assertThat(connected.at("data", "userId").text()).matches("user-[a-z0-9]{1,9}");
      ids.add(connected.at("data", "userId").text());
    }
    assertThat(ids).hasSize(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "128", "ü😀 <b>", "__proto__", " "})
  @DisplayName("1. A user id: 1 to 128 characters without control characters")
  void validUserId(String userId) {
    String id = userId.equals("128") ? "x".repeat(128) : userId;

    assertThat(edge.connect("userId", id).take().getFirst().at("data", "userId").text()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"129", "a\nb", "a\u0000", "\u007f", "\u0085", "\ud800"})
  @DisplayName("1. Any other user id: close 1008")
  void invalidUserId(String userId) {
    Handshake answer = edge.handshake("userId", userId.equals("129") ? "x".repeat(129) : userId);

    assertThat(answer).isEqualTo(new Handshake.CloseAtOnce(new CloseReason(1008, "Invalid user ID"), Optional.empty()));
    assertThat(edge.figures()).containsEntry("connections", 0L);
  }

  @Test
  @DisplayName("1. Any path, and the first subprotocol offered")
  void pathsAndSubprotocols() {
    Upgrade plain = GalleryEdge.upgrade("userId", "A");
    Upgrade offered = new Upgrade(GalleryEdge.request("GET", "/any/path", Map.of(), "userId", "A"), List.of("foo", "bar"));

    assertThat(((Handshake.Accept) edge.protocol.handshake(plain)).subprotocol()).isEmpty();
    assertThat(((Handshake.Accept) edge.protocol.handshake(offered)).subprotocol()).contains("foo");
  }

  @Test
  @DisplayName("4. The bounds of a connection")
  void limits() {
    assertThat(edge.connect().accept.limits().maxMessageBytes()).isEqualTo(1_048_576);
    assertThat(edge.connect().accept.limits().maxQueueBytes()).isEqualTo(4_194_304);
    GalleryEdge other = new GalleryEdge("GALLERY_MAX_MESSAGE_BYTES", "2048", "MAX_MESSAGE_BYTES", "4096");
    assertThat(other.connect().accept.limits().maxMessageBytes()).isEqualTo(2_048);
  }

  @ParameterizedTest
  @CsvSource({"true", "1", "yes", "TRUE"})
  @DisplayName("24. API key: required")
  void apiKey(String on) {
    GalleryEdge secured = new GalleryEdge("REQUIRE_API_KEY", on, "API_KEY", "secret");
    Handshake refused = new Handshake.CloseAtOnce(new CloseReason(1008, "Invalid API key"), Optional.empty());

    assertThat(secured.handshake("userId", "A")).isEqualTo(refused);
    assertThat(secured.handshake("userId", "A", "apiKey", "")).isEqualTo(refused);
    assertThat(secured.handshake("userId", "A", "apiKey", "secret2")).isEqualTo(refused);
    assertThat(secured.handshake("userId", "A", "apiKey", "Secret")).isEqualTo(refused);
    assertThat(secured.handshake("userId", "A", "apiKey", "x", "apiKey", "secret")).isEqualTo(refused);
    assertThat(secured.handshake("userId", "\n")).isEqualTo(refused);
    assertThat(secured.figures()).containsEntry("connections", 0L);
    assertThat(secured.connect("userId", "A", "apiKey", "secret").events()).containsExactly("connected");
    assertThat(secured.figures()).containsEntry("connections", 1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "0", "no", ""})
  @DisplayName("24. API key: not required, though there is one (defect 4)")
  void apiKeyOff(String off) {
    GalleryEdge open = new GalleryEdge("REQUIRE_API_KEY", off, "API_KEY", "secret");

    assertThat(open.connect("userId", "A").events()).containsExactly("connected");
    assertThat(open.connect("userId", "A", "apiKey", "wrong").events()).containsExactly("connected");
  }

  @Test
  @DisplayName("24. API key: required without a key, no start")
  void requiredWithoutKey() {
    assertThatThrownBy(() -> new GalleryEdge("REQUIRE_API_KEY", "true")).isInstanceOf(SettingException.class).hasMessageContaining("API_KEY");
    assertThatThrownBy(() -> new GalleryEdge("VERSION_POLICY", "loose")).isInstanceOf(SettingException.class).hasMessageContaining("VERSION_POLICY");
  }

  // ---- Messages

  @Test
  @DisplayName("1. Binary frames with JSON count like text; what is no UTF-8 is malformed")
  void binary() {
    GalleryEdge.Socket a = edge.connect("userId", "A");
    a.take();
    byte[] join = "{\"action\":\"join_room\",\"roomId\":\"Rü\"}".getBytes(StandardCharsets.UTF_8);
    a.binary(join);
    assertThat(a.take().getFirst().at("data", "roomInfo", "roomId").text()).isEqualTo("Rü");
    join[join.length - 3] = (byte) 0xFF;
    a.binary(join);

    assertThat(a.take()).containsExactly(Json.parse(Json.quoted("{'event':'error','data':{'message':'Invalid message format','requestId':null}}")));
    assertThat(a.closed()).isEmpty();
  }

  @Test
  @DisplayName("The identity is the connection's: join, relay and disconnect")
  void identity() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    GalleryEdge.Socket b = edge.connect("userId", "B").join("R");
    a.take();
    b.take();
    a.text("{'action':'broadcast','message':{'senderId':'B'}}");
    assertThat(b.take()).containsExactly(Json.parse(Json.quoted("{'event':'message','data':{'message':{'senderId':'A'},'senderId':'A'}}")));
    a.leave();

    assertThat(b.take()).containsExactly(Json.parse(Json.quoted("{'event':'user_left','data':{'userId':'A'}}")));
    assertThat(edge.figures()).containsEntry("connections", 1L).containsEntry("members", 1L);
  }

  @Test
  @DisplayName("25. Flood: of 1,000 poses at once the burst arrives, and the rest is said once")
  void flood() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    GalleryEdge.Socket b = edge.connect("userId", "B").join("R");
    edge.pass(10_000);
    a.take();
    b.take();
    for (int i = 0; i < 1_000; i++) {
      a.pose();
    }

    assertThat(b.events()).hasSize(200).containsOnly("message");
    assertThat(a.take()).containsExactly(Json.parse(Json.quoted("{'event':'error','data':{'message':'Rate limit exceeded'}}")));
    assertThat(a.closed()).isEmpty();
    edge.pass(1_000);
    for (int i = 0; i < 1_000; i++) {
      a.pose();
    }
    assertThat(b.events()).hasSize(100);
    assertThat(a.events()).containsExactly("error");
  }

  @Test
  @DisplayName("25. Flood: 40 poses a second for a minute are never too many")
  void honestRate() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    GalleryEdge.Socket b = edge.connect("userId", "B").join("R");
    a.take();
    b.take();
    for (int i = 0; i < 60 * 40; i++) {
      a.pose();
      edge.pass(25);
    }

    assertThat(a.take()).isEmpty();
    assertThat(b.events()).hasSize(2_400);
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: above it for 10 s, 1008")
  void abuse() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    a.take();
    List<String> limited = new ArrayList<>();
    long millis = 0;
    while (a.closed().isEmpty() && millis < 30_000) {
      a.pose();
      edge.pass(4);
      millis += 4;
      limited.addAll(a.events());
    }

    assertThat(a.closed()).hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo(1008));
    // The burst of 200 lasts for 1.3 s at 250 a second.
    assertThat(millis).isBetween(11_000L, 11_700L);
    assertThat(limited).hasSizeBetween(9, 11).containsOnly("error");
  }

  // ---- For operators

  @Test
  @DisplayName("1. /stats: rooms in the order of their creation, with members and times")
  void stats() {
    Instant start = edge.loop.now();
    edge.connect("userId", "A").text("{'action':'create_room','roomId':'z'}");
    edge.pass(10);
    edge.connect("userId", "B").join("y");
    edge.pass(10);
    edge.connect("userId", "C").join("a");
    edge.connect("userId", "D").join("z");

    assertThat(edge.rooms()).containsExactly(new RoomFigures("z", 1, start, start.plusMillis(20)), new RoomFigures("y", 1, start.plusMillis(10), start.plusMillis(10)),
        new RoomFigures("a", 1, start.plusMillis(20), start.plusMillis(20)));
    assertThat(edge.figures()).containsEntry("rooms", 3).containsEntry("connections", 4L).containsEntry("members", 3L);
  }

  @Test
  @DisplayName("26. Figures follow connects and closes")
  void figures() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    GalleryEdge.Socket twin = edge.connect("userId", "A").join("R");
    edge.connect("userId", "B").text("{'action':'create_room','roomId':'P','config':{'persistent':true}}").join("R").pose().text("{'action':'send_message','targetUserId':'A','message':1}").text("{}");
    assertThat(edge.figures()).containsEntry("connections", 3L).containsEntry("members", 2L).containsEntry("rooms", 2).containsEntry("persistentRooms", 1L)
        .containsEntry("roomsOpened", 2L).containsEntry("joins", 3L).containsEntry("broadcasts", 1L).containsEntry("directMessages", 1L).containsEntry("faults", 1L);

    a.leave();
    twin.leave();

    assertThat(edge.figures()).containsEntry("connections", 1L).containsEntry("members", 1L).containsEntry("rooms", 2);
  }

  @Test
  @DisplayName("7. DELETE: 204 with the key, as parameter or header; 404 then")
  void delete() {
    GalleryEdge keyed = new GalleryEdge("API_KEY", "secret");
    GalleryEdge.Socket a = keyed.connect("userId", "A").join("a/b c");
    a.take();

    assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/a", Map.of(), "apiKey", "secret")).status()).isEqualTo(404);
    HttpResponse deleted = keyed.http(GalleryEdge.request("DELETE", "/rooms/a/b c", Map.of(), "apiKey", "secret"));

    assertThat(deleted.status()).isEqualTo(204);
    assertThat(deleted.body()).isEmpty();
    assertThat(a.take()).containsExactly(Json.parse(Json.quoted("{'event':'error','data':{'message':'Room deleted'}}")));
    assertThat(a.closed()).isEmpty();
    assertThat(keyed.rooms()).isEmpty();
    assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/a/b c", Map.of("x-api-key", List.of("secret")))).status()).isEqualTo(404);
    keyed.connect().join("R");
    assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/R", Map.of("x-api-key", List.of("secret")))).status()).isEqualTo(204);
  }

  @Test
  @DisplayName("7. DELETE: 401 without the key, 404 where there is none")
  void deleteWithoutKey() {
    GalleryEdge keyed = new GalleryEdge("API_KEY", "secret");
    keyed.connect().join("R");
    edge.connect().join("R");

    for (String wrong : List.of("", "wrong", "secret2")) {
      assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/R", Map.of(), "apiKey", wrong)).status()).isEqualTo(401);
      assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/nowhere", Map.of("x-api-key", List.of(wrong)))).status()).isEqualTo(401);
      assertThat(edge.http(GalleryEdge.request("DELETE", "/rooms/R", Map.of(), "apiKey", wrong)).status()).isEqualTo(404);
    }
    assertThat(keyed.http(GalleryEdge.request("DELETE", "/rooms/R", Map.of())).status()).isEqualTo(401);
    assertThat(edge.http(GalleryEdge.request("DELETE", "/rooms/R", Map.of())).status()).isEqualTo(404);
    assertThat(keyed.rooms()).hasSize(1);
    assertThat(edge.rooms()).hasSize(1);
  }

  @Test
  @DisplayName("STATS_PUBLIC=false: /stats takes the key")
  void statsPublic() {
    GalleryEdge closed = new GalleryEdge("STATS_PUBLIC", "false", "API_KEY", "secret");

    assertThat(edge.protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of()))).isTrue();
    assertThat(closed.protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of()))).isFalse();
    assertThat(closed.protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of(), "apiKey", "wrong"))).isFalse();
    assertThat(closed.protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of(), "apiKey", "secret"))).isTrue();
    assertThat(closed.protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of("x-api-key", List.of("secret"))))).isTrue();
    assertThat(new GalleryEdge("STATS_PUBLIC", "false").protocol.showsStatsTo(GalleryEdge.request("GET", "/stats", Map.of(), "apiKey", ""))).isFalse();
  }

  @Test
  @DisplayName("R5: persistent rooms are there again before the first client; deleted ones are not")
  void restart() {
    Store store = Stores.open(Stores.MEMORY);
    GalleryEdge first = new GalleryEdge(store, "API_KEY", "secret");
    first.connect("userId", "A").text("{'action':'create_room','roomId':'P','config':{'persistent':true}}").text("{'action':'create_room','roomId':'Q','config':{'persistent':true}}")
        .join("P").text("{'action':'broadcast','message':{'type':'state_update','data':{'version':4,'data':{'k':1}}}}");
    first.http(GalleryEdge.request("DELETE", "/rooms/Q", Map.of(), "apiKey", "secret"));

    GalleryEdge second = new GalleryEdge(store);

    assertThat(second.rooms()).extracting(RoomFigures::roomId).containsExactly("P");
    Json state = second.connect("userId", "B").join("P").take().getLast().at("data", "roomInfo", "state");
    assertThat(state.at("version").number()).isEqualTo(4);
    assertThat(state.at("k").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("28. Shutdown: from then on nobody is told who leaves, and nothing is taken any more")
  void shutdown() {
    GalleryEdge.Socket a = edge.connect("userId", "A").join("R");
    GalleryEdge.Socket b = edge.connect("userId", "B").join("R");
    a.take();
    b.take();

    edge.now(edge.protocol.drain());

    a.pose().join("S").leave();
    assertThat(b.take()).isEmpty();
    assertThat(a.take()).isEmpty();
    edge.pass(Duration.ofDays(2).toMillis());
    b.leave();
    assertThat(b.take()).isEmpty();
  }
}
