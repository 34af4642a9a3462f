package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths, faults and message rates: sections 1 and 4, and the robust rule of section 3. */
class ParrotProtocolTest {
  private static final String POINT = "{'type':'data','data':{'id':1}}";

  private final ParrotEdge edge = new ParrotEdge();

  @ParameterizedTest
  @ValueSource(strings = {"{bad", "null", "5", "[]", "{}", "", "{'type':5}", "{'type':null}", "{'type':'nonsense'}", "{'type':'data'}{}", "'text'"})
  @DisplayName("21. Bad input")
  void badInput(String bad) {
    for (String path : List.of("/pocket-parrot", "/dashboard")) {
      ParrotEdge.Socket socket = edge.connect(path);
      socket.types();
      for (int i = 0; i < 10; i++) {
        socket.text(bad);
        edge.pass(99);
      }
      assertThat(socket.types()).as(path).containsExactly("error");
      edge.pass(10);
      socket.text(bad);
      assertThat(socket.types()).as(path).containsExactly("error");

      socket.text(path.equals("/dashboard") ? "{'type':'demoteUser'}" : "{'type':'handshake'}");

      assertThat(socket.types()).as(path).isIn(List.of("promoted", "welcome"), List.of("demoted"), List.of("error"));
      assertThat(socket.closeCode()).isEmpty();
      socket.leave();
    }
  }

  @Test
  @DisplayName("21. Bad input: the error says what was wrong")
  void errorCodes() {
    assertThat(errorFor("{bad")).isEqualTo("bad_message");
    assertThat(errorFor("{}")).isEqualTo("bad_message");
    assertThat(errorFor("{'type':'nonsense'}")).isEqualTo("unknown_type");
    ParrotEdge.Socket sender = edge.connect("/");
    sender.text("{'type':'request_sender_role'}").text("{'type':'data','data':[]}");
    Json error = sender.take().getLast();
    assertThat(error.at("code").text()).isEqualTo("bad_data");
    assertThat(error.at("message").text()).isNotEmpty();
  }

  @Test
  @DisplayName("21. Bad input: invalid UTF-8 in a binary message")
  void invalidUtf8() {
    byte[] bad = "{\"type\":\"handshake\",\"username\":\"x\"}".getBytes(StandardCharsets.UTF_8);
    bad[bad.length - 3] = (byte) 0xFF;
    ParrotEdge.Socket user = edge.connect("/");

    user.binary(bad);

    assertThat(user.types()).containsExactly("error");
    assertThat(user.closeCode()).isEmpty();
  }

  @Test
  @DisplayName("1. Binary messages with JSON count like text")
  void binaryJson() {
    ParrotEdge.Socket user = edge.connect("/");

    user.binary("{\"type\":\"handshake\"}".getBytes(StandardCharsets.UTF_8));

    assertThat(user.types()).containsExactly("promoted", "welcome");
  }

  @Test
  @DisplayName("21. Bad input: JSON in UTF-16 is not JSON on the wire, even where its bytes happen to be valid UTF-8")
  void utf16() {
    ParrotEdge.Socket user = edge.connect("/");
    ParrotEdge.Socket listener = edge.connect("/listener");
    user.text("{'type':'handshake'}");
    user.types();
    listener.types();

    user.textBytes("{\"type\":\"data\",\"data\":{\"id\":7}}".getBytes(StandardCharsets.UTF_16LE));

    assertThat(user.types()).containsExactly("error");
    assertThat(listener.types()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/listener", "/orientation", "/bulk"})
  @DisplayName("6. Listener isolation: whatever a listener sends changes nothing and is not answered")
  void listenersAreNotAnswered(String path) {
    ParrotEdge.Socket listener = edge.connect(path);
    edge.pass(1_000);
    listener.take();
    for (String message : List.of("{'type':'handshake','username':'x'}", POINT, "{'type':'request_sender_role'}", "{'type':'getStats'}", "{bad", "")) {
      listener.text(message).binary(message.getBytes(StandardCharsets.UTF_8));
    }
    edge.pass(1_000);

    assertThat(listener.take()).isEmpty();
    assertThat(listener.closeCode()).isEmpty();
    assertThat(edge.connect("/").types()).isEmpty();
  }

  @Test
  @DisplayName("23. Paths")
  void paths() {
    for (String path : List.of("/", "/event", "/stream", "/data", "/pocket-parrot", "/Dashboard", "/dashboard/", "/listener/x", "/BULK")) {
      ParrotEdge.Socket socket = edge.connect(path, Map.of("x", List.of("1")), false);
      assertThat(socket.take()).as(path).isEmpty();
      assertThat(socket.text("{'type':'handshake'}").types()).as(path).containsExactly("promoted", "welcome");
      socket.leave();
    }
    assertThat(edge.connect("/dashboard", Map.of("token", List.of("x")), true).take()).extracting(Json::type).containsExactly("stats");
    assertThat(edge.connect("/listener").types()).containsExactly("listener_connected");
    assertThat(edge.connect("/orientation").types()).containsExactly("orientation_listener_connected");
    assertThat(edge.connect("/bulk").types()).containsExactly("bulk_listener_connected");
  }

  @Test
  @DisplayName("23. Paths: the first subprotocol offered is taken")
  void subprotocol() {
    Handshake.Accept accept = (Handshake.Accept) edge.protocol.handshake(ParrotEdge.upgrade("/", Map.of(), true, "foo", "bar"));

    assertThat(accept.subprotocol()).isEqualTo(Optional.of("foo"));
    assertThat(edge.connect("/").accept.subprotocol()).isEmpty();
  }

  @Test
  @DisplayName("23. Paths: a plain request gets the original's answer")
  void plainHttp() throws Exception {
    HttpResponse response = edge.protocol.plainHttp().orElseThrow().handle(ParrotEdge.upgrade("/any", Map.of(), false).request()).toCompletableFuture().get();

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers()).containsEntry("Content-Type", "text/plain");
    assertThat(new String(response.body(), StandardCharsets.UTF_8)).isEqualTo("Pocket Parrot WebSocket Server\n");
  }

  @Test
  @DisplayName("4. Only users may send long messages")
  void messageSizes() {
    assertThat(edge.connect("/").accept.limits().maxMessageBytes()).isEqualTo(8_388_608);
    for (String path : List.of("/dashboard", "/listener", "/orientation", "/bulk")) {
      assertThat(edge.connect(path).accept.limits().maxMessageBytes()).as(path).isEqualTo(65_536);
    }
  }

  @Test
  @DisplayName("4. DASHBOARD_TOKEN: without it 1008, with it a dashboard that may act from anywhere")
  void dashboardToken() {
    ParrotEdge secured = new ParrotEdge("DASHBOARD_TOKEN", "secret");
    for (List<String> tokens : List.of(List.<String>of(), List.of("wrong"), List.of(""), List.of("secret2"))) {
      assertThat(secured.protocol.handshake(ParrotEdge.upgrade("/dashboard", Map.of("token", tokens), true))).isInstanceOfSatisfying(Handshake.CloseAtOnce.class,
          refused -> assertThat(refused.reason().code()).isEqualTo(1008));
    }
    ParrotEdge.Socket user = secured.connect("/").text("{'type':'handshake'}");
    user.types();

    secured.connect("/dashboard", Map.of("token", List.of("secret")), false).text("{'type':'demoteUser'}");

    assertThat(user.types()).containsExactly("demoted");
  }

  @Test
  @DisplayName("Without DASHBOARD_TOKEN only this machine's dashboards may act (defect 16)")
  void remoteDashboard() {
    ParrotEdge.Socket user = edge.connect("/").text("{'type':'handshake'}");
    user.types();
    ParrotEdge.Socket remote = edge.connect("/dashboard", Map.of(), false);
    assertThat(remote.take().getFirst().at("data", "users", 0, "ip").isNull()).isTrue();

    remote.text("{'type':'demoteUser'}");

    assertThat(remote.types()).containsExactly("error");
    assertThat(user.types()).isEmpty();
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: the app's 20 messages a second are never too many")
  void honestRate() {
    ParrotEdge.Socket sender = edge.connect("/").text("{'type':'handshake'}");
    ParrotEdge.Socket observer = edge.connect("/").text("{'type':'handshake'}");
    sender.types();
    observer.types();
    for (int i = 0; i < 20 * 60; i++) {
      sender.text(POINT);
      observer.text(POINT);
      edge.pass(50);
    }

    assertThat(sender.types()).hasSize(1_200).containsOnly("ack");
    assertThat(observer.take()).hasSize(1_200).allMatch(message -> message.at("code").text().equals("not_active_sender"));
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: above the burst messages are dropped, and that is said once a second")
  void burst() {
    ParrotEdge.Socket sender = edge.connect("/").text("{'type':'handshake'}");
    sender.types();
    for (int i = 0; i < 300; i++) {
      sender.text(POINT);
    }

    List<Json> answers = sender.take();
    assertThat(answers).filteredOn(answer -> answer.type().equals("ack")).hasSize(119);
    assertThat(answers).filteredOn(answer -> answer.type().equals("rejected")).singleElement()
        .satisfies(rejected -> {
          assertThat(rejected.at("code").text()).isEqualTo("rate_limited");
          assertThat(rejected.at("message").text().toLowerCase(Locale.ROOT)).contains("rate");
        });
    edge.pass(1_000);
    assertThat(sender.text(POINT).types()).containsExactly("ack");
    assertThat(sender.closeCode()).isEmpty();
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: above it for 10 s without pause, 1008")
  void abuse() {
    ParrotEdge.Socket flooder = edge.connect("/").text("{'type':'handshake'}");
    List<Json> limited = new ArrayList<>();
    long millis = 0;
    while (flooder.closeCode().isEmpty() && millis < 20_000) {
      flooder.text(POINT);
      edge.pass(5);
      millis += 5;
      limited.addAll(flooder.take().stream().filter(message -> message.type().equals("rejected")).toList());
    }

    assertThat(flooder.closeCode()).contains(1008);
    // The burst of 120 lasts for the first second.
    assertThat(millis).isBetween(10_500L, 11_500L);
    assertThat(limited).hasSizeBetween(9, 11);
  }

  private String errorFor(String json) {
    ParrotEdge.Socket user = edge.connect("/");
    Json error = user.text(json).take().getLast();
    user.leave();
    assertThat(error.type()).isEqualTo("error");
    return error.at("code").text();
  }
}
