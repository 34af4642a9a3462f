package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.sim.Json;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HandshakeRates;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.IoKind;
import dev.roost.transport.Site;
import dev.roost.transport.Transport;
import dev.roost.transport.TransportOptions;
import dev.roost.transport.TrustedProxies;
import dev.roost.transport.Upgrade;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sessions on real sockets and two loops: that requests, their ends and WebSockets find each other. */
class EngineTransportTest {
  private static final int LIMIT_SECONDS = 20;
  private static final EngineOptions OPTIONS = new EngineOptions(Duration.ofSeconds(25), Duration.ofSeconds(20), Duration.ofSeconds(10), 1_000, 1 << 20, true,
      new EngineOptions.Cors("*", false), AllowedOrigins.ALL, 1_000, 1_000);

  private static final BlockingQueue<Echo> ECHOES = new LinkedBlockingQueue<>();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static Transport transport;
  private static Loop loop;
  private static EngineServer server;
  private static String address;

  @BeforeAll
  static void start() throws IOException {
    transport = new Transport(new TransportOptions(IoKind.AUTO, 2, Duration.ofMinutes(1), 1_000, 0, HandshakeRates.UNLIMITED, 1 << 20, TrustedProxies.NONE, false, AllowedOrigins.ALL,
        OptionalInt.empty(), Optional.empty()));
    loop = transport.assignLoop();
    server = new EngineServer(loop, OPTIONS, new RandomIds(new SecureRandom()), socket -> {
      Echo echo = new Echo(socket);
      ECHOES.add(echo);
      return echo;
    });
    address = "127.0.0.1:" + transport.listen("127.0.0.1", 0, new Site() {
      @Override
      public Handshake upgrade(Upgrade request) {
        return server.handshake(request);
      }

      @Override
      public CompletionStage<HttpResponse> handle(HttpRequest request) {
        return server.http().handle(request);
      }
    });
  }

  @AfterAll
  static void stop() {
    transport.close(Duration.ofSeconds(1));
    HTTP.close();
  }

  /** Sends back what it gets. */
  private record Echo(EngineSocket socket, CompletableFuture<EngineClose> end) implements EngineListener {

    Echo(EngineSocket socket) {
      this(socket, new CompletableFuture<>());
    }

    @Override
    public void text(byte[] bytes, int from) {
      socket.send(Frame.text("4" + new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)), Delivery.RELIABLE);
    }

    @Override
    public void binary(byte[] payload) {
      socket.send(Frame.binary(payload, 0, payload.length), Delivery.RELIABLE);
    }

    @Override
    public void moved(Connection from, Connection to) {}

    @Override
    public void closed(EngineClose reason) {
      end.complete(reason);
    }

    EngineClose ending() {
      return end.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }
  }

  private static String url(String sessionId) {
    return "http://" + address + "/engine.io/?EIO=4&transport=polling" + (sessionId.isEmpty() ? "" : "&sid=" + sessionId);
  }

  private static CompletableFuture<java.net.http.HttpResponse<String>> get(String sessionId) {
    return HTTP.sendAsync(java.net.http.HttpRequest.newBuilder(URI.create(url(sessionId))).build(), BodyHandlers.ofString()).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private static String post(String sessionId, String body) {
    java.net.http.HttpRequest request = java.net.http.HttpRequest.newBuilder(URI.create(url(sessionId))).POST(java.net.http.HttpRequest.BodyPublishers.ofString(body)).build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join().body();
  }

  private static String open() {
    return Json.parse(get("").join().body().substring(1)).at("sid").text();
  }

  /** Keeps texts whole and in order; the last thing is the code of its end. */
  private static final class Inbox implements WebSocket.Listener {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        received.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      received.add("closed " + code);
      return null;
    }

    String next() throws InterruptedException {
      String next = received.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("something comes").isNotNull();
      return next;
    }
  }

  private static WebSocket webSocket(String sessionId, Inbox inbox) {
    return HTTP.newWebSocketBuilder().buildAsync(URI.create(url(sessionId).replace("http:", "ws:").replace("polling", "websocket")), inbox).join();
  }

  @Test
  void aGetWaitsAndAPostAnswersIt() {
    String id = open();
    CompletableFuture<java.net.http.HttpResponse<String>> poll = get(id);
    assertThat(post(id, "4a\u001ebAQI=")).isEqualTo("ok");
    java.net.http.HttpResponse<String> answer = poll.join();
    // The POST may have been quicker than the GET; then that finds both.
    assertThat(answer.body()).isEqualTo("4a\u001ebAQI=");
    assertThat(answer.headers().firstValue("access-control-allow-origin")).contains("*");
  }

  @Test
  void whoBreaksTheConnectionOfAGetHasLeft() throws Exception {
    ECHOES.clear();
    String id = open();
    Echo echo = ECHOES.take();
    try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(address.substring(address.indexOf(':') + 1)))) {
      socket.getOutputStream().write(("GET /engine.io/?EIO=4&transport=polling&sid=" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      assertThat(post(id, "4a")).isEqualTo("ok");
      // All of it, so that the end does not reset the connection and take the next request with it.
      StringBuilder answer = new StringBuilder();
      while (!answer.toString().endsWith("\r\n\r\n4a")) {
        answer.append((char) socket.getInputStream().read());
      }
      socket.getOutputStream().write(("GET /engine.io/?EIO=4&transport=polling&sid=" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(echo.ending()).isEqualTo(EngineClose.TRANSPORT_CLOSE);
    assertThat(get(id).join().statusCode()).isEqualTo(400);
  }

  @Test
  void aMessageThatIsTooLongClosesTheWebSocket() throws Exception {
    ECHOES.clear();
    Inbox inbox = new Inbox();
    WebSocket socket = webSocket("", inbox);
    assertThat(inbox.next()).startsWith("0{");
    socket.sendText("4" + "a".repeat(999), true).join();
    assertThat(inbox.next()).hasSize(1_000);
    socket.sendText("4" + "a".repeat(1_000), true).join();
    assertThat(inbox.next()).isEqualTo("closed 1009");
    assertThat(ECHOES.take().ending()).isEqualTo(EngineClose.TRANSPORT_ERROR);
  }

  /** Several clients at once move while messages come to them in a stream. */
  @Test
  void aStreamOfMessagesSurvivesTheUpgrade() throws Exception {
    int count = 400;
    List<CompletableFuture<List<String>>> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ECHOES.clear();
      String id = open();
      Echo echo = ECHOES.take();
      for (int n = 0; n < count; n++) {
        int number = n;
        // Some milliseconds of a stream, beside the requests.
        loop.after(Duration.ofMillis(n / 4), () -> echo.socket().send(Frame.text("4" + number), Delivery.RELIABLE));
      }
      clients.add(CompletableFuture.supplyAsync(() -> follow(id, count), task -> Thread.ofVirtual().start(task)));
    }
    List<String> expected = IntStream.range(0, count).mapToObj(n -> "4" + n).toList();
    for (CompletableFuture<List<String>> client : clients) {
      assertThat(client.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join()).isEqualTo(expected);
    }
  }

  /** What a client gets that polls, finds the WebSocket open, lets the last GET end and goes on there. */
  private static List<String> follow(String id, int count) {
    List<String> received = new ArrayList<>();
    Inbox inbox = new Inbox();
    WebSocket socket = webSocket(id, inbox);
    try {
      socket.sendText("2probe", true).join();
      while (inbox.received.isEmpty()) {
        receive(get(id).join().body(), received);
      }
      assertThat(inbox.next()).isEqualTo("3probe");
      socket.sendText("5", true).join();
      while (received.size() < count) {
        receive(inbox.next(), received);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    socket.abort();
    return received;
  }

  private static void receive(String payload, List<String> into) {
    for (String packet : payload.split("\u001e")) {
      if (!packet.equals("6")) {
        into.add(packet);
      }
    }
  }
}
