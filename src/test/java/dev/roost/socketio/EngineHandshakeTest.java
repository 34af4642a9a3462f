package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RandomIds;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Refusal;
import dev.roost.transport.Upgrade;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How sessions begin, and why they do not. */
class EngineHandshakeTest {
  private static final byte[] NOTHING = {};

  private final EngineEdge edge = new EngineEdge();

  @Test
  void aSessionThatPollsBeginsWithWhatItMayExpect() {
    EngineEdge.Answer answer = edge.get("EIO=4&transport=polling");
    assertThat(answer.response().headers()).containsEntry("Content-Type", "text/plain; charset=UTF-8").containsEntry("Cache-Control", "no-store");
    assertThat(answer.text()).startsWith("0");
    Json open = Json.parse(answer.text().substring(1));
    assertThat(open.keys()).containsExactlyInAnyOrder("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
    assertThat(open.at("sid").text()).matches("[a-z0-9]{20}");
    assertThat(open.at("upgrades").items()).extracting(Json::text).containsExactly("websocket");
    assertThat(open.at("pingInterval").number()).isEqualTo(300);
    assertThat(open.at("pingTimeout").number()).isEqualTo(200);
    assertThat(open.at("maxPayload").number()).isEqualTo(1_000);
    assertThat(edge.guest().socket.id()).isEqualTo(open.at("sid").text());
    assertThat(edge.guest().socket.protocol()).isEqualTo(4);
    assertThat(edge.guest().socket.address()).isEqualTo("192.0.2.1");
  }

  @Test
  void aSessionOnAWebSocketBeginsWithTheSameAndNoUpgrade() {
    EngineEdge.Socket socket = edge.socket();
    String packet = socket.take().getFirst();
    assertThat(packet).startsWith("0");
    Json open = Json.parse(packet.substring(1));
    assertThat(open.keys()).containsExactlyInAnyOrder("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
    assertThat(open.at("upgrades").items()).isEmpty();
    assertThat(edge.guest().socket.connection()).as("the WebSocket itself, for audiences").isSameAs(socket.connection);
    assertThat(socket.accept.limits().maxMessageBytes()).isEqualTo(1_000);
    assertThat(socket.accept.limits().maxQueueBytes()).isEqualTo(5_000);
  }

  @Test
  void noIdComesTwice() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      assertThat(ids.add(edge.open())).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
      // Transport unknown
      "GET, EIO=4, 400 0", "GET, EIO=4&transport=abc, 400 0", "POST, EIO=4&transport=webtransport, 400 0", "PUT, '', 400 0",
      // Session ID unknown
      "GET, EIO=4&transport=polling&sid=abc, 400 1", "POST, EIO=4&transport=polling&sid=abc, 400 1",
      // Bad handshake method
      "POST, EIO=4&transport=polling, 400 2", "PUT, EIO=4&transport=polling, 400 2", "HEAD, EIO=4&transport=polling, 400 2", "DELETE, EIO=4&transport=polling&sid=abc, 400 2",
      "HEAD, EIO=4&transport=polling&sid=abc, 400 2",
      // Bad request: no upgrade
      "GET, EIO=4&transport=websocket, 400 3", "GET, EIO=4&transport=websocket&sid=abc, 400 3",
      // Unsupported protocol version
      "GET, transport=polling, 400 5", "GET, EIO=abc&transport=polling, 400 5", "GET, EIO=2&transport=polling, 400 5", "GET, EIO=&transport=polling&sid=, 400 5"})
  void whatARequestThatDoesNotFitGets(String method, String query, String fault) {
    EngineEdge.Answer answer = edge.request(method, query, NOTHING);
    assertThat(answer.fault()).isEqualTo(fault);
    assertThat(answer.response().headers()).containsEntry("Content-Type", "application/json").containsEntry("Access-Control-Allow-Origin", "https://pages.example");
    assertThat(edge.guests).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"EIO=4, 400 0", "EIO=4&transport=abc, 400 0", "EIO=4&transport=polling, 400 3", "EIO=4&transport=websocket&sid=abc, 400 1", "transport=websocket, 400 5", "EIO=abc&transport=websocket, 400 5"})
  void whatAnUpgradeRequestThatDoesNotFitGets(String query, String fault) {
    HttpResponse response = ((Handshake.Refuse) edge.handshake(query)).response();
    assertThat(response.status() + " " + Json.parse(new String(response.body())).at("code").number()).isEqualTo(fault);
  }

  @Test
  void aPageOfElsewhereIsTurnedAway() {
    EngineEdge.Answer answer = edge.request("GET", "EIO=4&transport=polling", NOTHING, "origin", "https://evil.example");
    assertThat(answer.fault()).isEqualTo("403 4");
    assertThat(answer.text()).isEqualTo("{\"code\":4,\"message\":\"Forbidden\"}");
    assertThat(edge.request("OPTIONS", "EIO=4&transport=polling", NOTHING, "origin", "https://evil.example").fault()).isEqualTo("403 4");
    Handshake.Refuse refused = (Handshake.Refuse) edge.handshake("EIO=4&transport=websocket", "origin", "https://evil.example");
    assertThat(refused.reason()).isEqualTo(Refusal.ORIGIN);
    assertThat(refused.response().status()).isEqualTo(403);
    assertThat(edge.request("GET", "EIO=4&transport=polling", NOTHING, "origin", "https://pages.example").status()).isEqualTo(200);
    assertThat(edge.handshake("EIO=4&transport=websocket", "origin", "https://more.example")).isInstanceOf(Handshake.Accept.class);
  }

  @Test
  void pagesOfAnotherOriginMayReadEveryAnswer() {
    EngineEdge.Answer preflight = edge.request("OPTIONS", "EIO=4&transport=polling", NOTHING, "origin", "https://pages.example", "access-control-request-headers", "content-type, x-mine");
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.response().headers()).containsEntry("Access-Control-Allow-Origin", "https://pages.example").containsEntry("Access-Control-Allow-Credentials", "true")
        .containsEntry("Access-Control-Allow-Methods", "GET,POST").containsEntry("Access-Control-Allow-Headers", "content-type, x-mine").containsEntry("Vary", "Origin");
    String id = edge.open();
    for (EngineEdge.Answer answer : List.of(edge.post(id, "4a"), edge.post(id, "nonsense"), edge.poll(id))) {
      assertThat(answer.response().headers()).containsEntry("Access-Control-Allow-Origin", "https://pages.example").containsEntry("Access-Control-Allow-Credentials", "true");
    }
  }

  @ParameterizedTest
  @CsvSource({"'x\r\nSet-Cookie: a=b'", "'x: y'", "'<script>'", "''"})
  void onlyNamesOfHeadersAreEchoed(String names) {
    EngineEdge.Answer preflight = edge.request("OPTIONS", "", NOTHING, "access-control-request-headers", names);
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.response().headers()).doesNotContainKey("Access-Control-Allow-Headers");
    assertThat(edge.request("OPTIONS", "", NOTHING, "access-control-request-headers", "x".repeat(1_001)).response().headers()).doesNotContainKey("Access-Control-Allow-Headers");
  }

  @Test
  void anAddressMayHaveOnlySoManySessionsThatNobodyUses() {
    for (int i = 0; i < 9; i++) {
      edge.open();
    }
    EngineEdge.Socket last = edge.socket();
    EngineEdge.Answer refused = edge.get("EIO=4&transport=polling");
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.response().headers()).containsKey("Retry-After");
    assertThat(((Handshake.Refuse) edge.handshake("EIO=4&transport=websocket")).reason()).isEqualTo(Refusal.ADDRESS_CAPACITY);
    Handshake other = edge.server.handshake(new Upgrade(EngineEdge.httpRequest("GET", "EIO=4&transport=websocket", NOTHING, "192.0.2.2"), List.of()));
    assertThat(other).as("another address").isInstanceOf(Handshake.Accept.class);
    edge.run(() -> edge.guests.get(3).socket.confirm());
    edge.run(() -> edge.guests.get(3).socket.confirm());
    edge.open();
    assertThat(edge.get("EIO=4&transport=polling").status()).as("confirmed twice, counted once").isEqualTo(429);
    last.text("1");
    edge.open();
    assertThat(edge.get("EIO=4&transport=polling").status()).isEqualTo(429);
    assertThat(edge.figures()).containsEntry("pendingSessions", 10).containsEntry("sessions", 11);
  }

  @Test
  void whoComesThroughAtTheSameMomentIsClosedBehindTheLastPlace() {
    List<Handshake.Accept> accepted = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      accepted.add((Handshake.Accept) edge.handshake("EIO=4&transport=websocket"));
    }
    List<SimConnection> connections = accepted.stream().map(accept -> {
      SimConnection connection = new SimConnection(edge.loop);
      edge.run(() -> accept.receiver().opened(connection));
      return connection;
    }).toList();
    assertThat(edge.guests).hasSize(10);
    assertThat(connections.getLast().closed().orElseThrow().code()).isEqualTo(1013);
    edge.run(() -> accepted.getLast().receiver().text("4a".getBytes()));
    edge.run(() -> accepted.getLast().receiver().closed(connections.getLast().closed().orElseThrow()));
    assertThat(edge.guests).hasSize(10);
  }

  @Test
  void thereIsABoundOnSessions() {
    EngineOptions few = new EngineOptions(EngineEdge.PING_INTERVAL, EngineEdge.PING_TIMEOUT, EngineEdge.UPGRADE_TIMEOUT, 1_000, 5_000, false, new EngineOptions.Cors("*", false), AllowedOrigins.ALL, 2, 10);
    EngineEdge small = new EngineEdge(few);
    String id = small.open();
    small.socket();
    assertThat(small.get("EIO=4&transport=polling").status()).isEqualTo(503);
    assertThat(((Handshake.Refuse) small.handshake("EIO=4&transport=websocket")).response().status()).isEqualTo(503);
    small.post(id, "1");
    small.pass(100);
    assertThat(small.get("EIO=4&transport=polling").status()).isEqualTo(200);
  }

  @Test
  void thereIsABoundOnSessionsOfAnAddress() {
    EngineEdge small = new EngineEdge(new EngineOptions(EngineEdge.PING_INTERVAL, EngineEdge.PING_TIMEOUT, EngineEdge.UPGRADE_TIMEOUT, 1_000, 5_000, false, new EngineOptions.Cors("*", false),
        AllowedOrigins.ALL, 100, 100, 2));
    String id = small.open();
    small.socket();
    small.guests.forEach(guest -> guest.socket.confirm());
    assertThat(small.get("EIO=4&transport=polling").status()).isEqualTo(429);
    small.post(id, "1");
    small.pass(100);
    assertThat(small.get("EIO=4&transport=polling").status()).isEqualTo(200);
    assertThat(small.get("EIO=4&transport=polling").status()).isEqualTo(429);
  }

  @Test
  void protocol3IsOnlySpokenWhereItIsAskedFor() {
    EngineOptions without = new EngineOptions(EngineEdge.PING_INTERVAL, EngineEdge.PING_TIMEOUT, EngineEdge.UPGRADE_TIMEOUT, 1_000, 5_000, false, new EngineOptions.Cors("*", false), AllowedOrigins.ALL, 9, 9);
    EngineEdge strict = new EngineEdge(without);
    assertThat(strict.get("EIO=3&transport=polling").fault()).isEqualTo("400 5");
    assertThat(((Handshake.Refuse) strict.handshake("EIO=3&transport=websocket")).response().status()).isEqualTo(400);
    EngineEdge.Answer answer = strict.get("EIO=4&transport=polling");
    assertThat(answer.response().headers()).containsEntry("Access-Control-Allow-Origin", "*").doesNotContainKeys("Access-Control-Allow-Credentials", "Vary");
    assertThat(edge.get("EIO=3&transport=polling").status()).isEqualTo(200);
  }

  @Test
  void aServerThatStopsSaysGoodbyeAndTakesNobodyAnyMore() {
    String waits = edge.open();
    EngineEdge.Answer poll = edge.poll(waits);
    String silent = edge.open();
    edge.guest().say("last words");
    EngineEdge.Socket socket = edge.socket();
    edge.server.drain();
    edge.settle();
    assertThat(poll.text()).isEqualTo("1");
    assertThat(edge.poll(silent).text()).isEqualTo("4last words");
    assertThat(edge.poll(silent).text()).isEqualTo("1");
    assertThat(socket.code()).isEqualTo(1001);
    assertThat(edge.guests).allSatisfy(guest -> assertThat(guest.ends).containsExactly(EngineClose.SHUTTING_DOWN));
    assertThat(edge.get("EIO=4&transport=polling").status()).isEqualTo(503);
    assertThat(((Handshake.Refuse) edge.handshake("EIO=4&transport=websocket")).response().status()).isEqualTo(503);
    assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("endedByShuttingDown", 3L);
  }

  @Test
  void whatMakesNoListenerMakesNoSession() {
    EngineServer broken = new EngineServer(edge.loop, EngineEdge.OPTIONS, new RandomIds(new Random(1)), socket -> {
      throw new IllegalStateException("a failure on purpose");
    });
    HttpRequest request = EngineEdge.httpRequest("GET", "EIO=4&transport=polling", NOTHING, "192.0.2.1");
    edge.run(() -> assertThat(broken.http().handle(request).toCompletableFuture()).isDone());
    assertThat(broken.figures()).containsEntry("sessions", 0).containsEntry("pendingSessions", 0);
    edge.pass(1_000);
    assertThat(edge.loop.timers()).isZero();
  }
}
