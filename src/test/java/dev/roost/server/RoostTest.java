package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The wiring, on real sockets; every rule is tested elsewhere. */
class RoostTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private Roost roost;

  @AfterEach
  void stop() {
    if (roost != null) {
      roost.close();
    }
    client.shutdownNow();
  }

  @Test
  void everyListenerOnEveryLoopGetsTheWholePoint() throws Exception {
    start(Map.of("LOOPS", "2"));
    List<Inbox> listeners = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      listeners.add(connect("/listener"));
    }
    for (Inbox listener : listeners) {
      listener.await(text -> text.contains("\"type\":\"stats\""));
    }
    Inbox sender = connect("/pocket-parrot");
    sender.send("{\"type\":\"handshake\"}");
    sender.await(text -> text.contains("\"role\":\"sender\""));
    // Larger than a chunk, so that it takes several writes; a shared buffer that its first reader consumes would leave the others with a part.
    String photo = "x".repeat(300_000);
    for (int id = 0; id < 5; id++) {
      sender.send("{\"type\":\"data\",\"data\":{\"id\":" + id + ",\"photoBase64\":\"" + photo + "\"}}");
    }
    for (Inbox listener : listeners) {
      for (int id = 0; id < 5; id++) {
        assertThat(listener.await(text -> text.contains("sensor_data"))).endsWith("\"data\":{\"id\":" + id + ",\"photoBase64\":\"" + photo + "\"}}");
      }
    }
  }

  @Test
  void theSharedPortFollowsThePathTable() throws Exception {
    start(Map.of("ONLY", "parrot,echo"));
    assertThat(connect("/echo").send("hello").await(text -> true)).isEqualTo("hello");
    assertThat(connect("/listener").await(text -> true)).contains("listener_connected");
    assertThat(connect("/anything").send("{\"type\":\"handshake\"}").await(text -> true)).contains("promoted");
    assertThat(get("/nope").statusCode()).isEqualTo(404);
    assertThatThrownBy(() -> connect("/gallery")).hasRootCauseMessage("Unexpected HTTP response status code 404");
  }

  @Test
  void aPortOfItsOwnTakesEveryPath() throws Exception {
    start(Map.of("LISTEN", "parrot=0,echo=0"));
    int own = roost.port("echo").orElseThrow();
    assertThat(connect(own, "/listener").send("hello").await(text -> true)).isEqualTo("hello");
    assertThat(get(roost.port("parrot").orElseThrow(), "/").body()).isEqualTo("Pocket Parrot WebSocket Server\n");
    assertThat(get(own, "/health").body()).contains("\"status\":\"ok\"");
  }

  @Test
  void theDescriptionOfTheRestInterfaceIsOnItsOwnPortToo() throws Exception {
    start(Map.of("LISTEN", "publicrooms=0,echo=0"));
    HttpResponse<String> own = get(roost.port("publicrooms").orElseThrow(), "/openapi.json");
    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(own.headers().firstValue("content-type")).contains("application/json");
    assertThat(own.body()).contains("/api/public/rooms").isEqualTo(get("/openapi.json").body());
    assertThat(get(roost.port("publicrooms").orElseThrow(), "/index.html").body()).contains("NOT_FOUND");
    assertThat(get(roost.port("echo").orElseThrow(), "/openapi.json").statusCode()).as("echo has no such interface").isEqualTo(404);
  }

  @Test
  void pagesHaveAnETagAndArePlainFiles() throws Exception {
    start(Map.of());
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-security-policy")).isPresent();
    String etag = page.headers().firstValue("etag").orElseThrow();
    HttpRequest again = request(roost.port(), "/").header("If-None-Match", etag).build();
    assertThat(client.send(again, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(304);
    assertThat(get("/assets/nope.js").statusCode()).isEqualTo(404);
    assertThat(get("/event").statusCode()).isEqualTo(404);
  }

  @Test
  void aProtocolThatIsAloneAnswersPlainRequestsAsItsOriginalDid() throws Exception {
    start(Map.of("ONLY", "parrot"));
    assertThat(get("/event").body()).isEqualTo("Pocket Parrot WebSocket Server\n");
  }

  @Test
  void operationsTellTheNumbers() throws Exception {
    start(Map.of());
    connect("/listener").await(text -> text.contains("stats"));
    assertThat(get("/health").body()).contains("\"users\":1");
    assertThat(get("/stats").body()).contains("\"rooms\":[]").contains("\"totalUsers\":1").contains("\"passiveListeners\":1");
    assertThat(get("/metrics").body()).contains("roost_connections 1.0").contains("roost_parrot_passive_listeners 1.0").contains("jvm_memory_used_bytes");
    assertThat(get("/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void aUsedPortIsNamed() {
    start(Map.of());
    int port = roost.port();
    assertThatThrownBy(() -> Roost.start(Settings.of(Map.of("HOST", "127.0.0.1", "PORT", Integer.toString(port), "STORE", "memory")))).isInstanceOf(SettingException.class)
        .hasMessage("PORT " + port + " (from the option --port) cannot be used on 127.0.0.1: it is in use already");
  }

  @Test
  void aHostThatIsNotOursIsNamed() {
    for (String host : List.of("no.such.host.invalid", "203.0.113.1")) {
      assertThatThrownBy(() -> Roost.start(Settings.of(Map.of("HOST", host, "PORT", "0", "STORE", "memory")))).isInstanceOf(SettingException.class)
          .hasMessage("HOST must be an address of this machine, but was \"" + host + "\" (from the option --host)");
    }
  }

  @Test
  void whoIsThereWhenTheServerStopsIsTold() throws Exception {
    start(Map.of());
    Inbox listener = connect("/listener");
    listener.await(text -> text.contains("stats"));
    roost.close();
    listener.await(text -> text.contains("server_shutdown"));
    assertThat(listener.await(text -> text.startsWith("closed"))).isEqualTo("closed 1001");
  }

  private void start(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of("HOST", "127.0.0.1", "PORT", "0", "STORE", "memory"));
    all.putAll(settings);
    roost = Roost.start(Settings.of(all));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return get(roost.port(), path);
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return client.send(request(port, path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private Inbox connect(String path) throws Exception {
    return connect(roost.port(), path);
  }

  private Inbox connect(int port, String path) throws Exception {
    return Inbox.connect(client, port, path);
  }
}
