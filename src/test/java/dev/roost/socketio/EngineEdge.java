package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.RandomIds;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Upgrade;
import dev.roost.transport.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** {@link EngineServer} as the transport and its listeners see it, in virtual time. Sockets have a loop of their own, so that hand-overs can be held up. */
final class EngineEdge {
  static final Duration PING_INTERVAL = Duration.ofMillis(300);
  static final Duration PING_TIMEOUT = Duration.ofMillis(200);
  static final Duration UPGRADE_TIMEOUT = Duration.ofSeconds(1);
  static final int MAX_PAYLOAD = 1_000;
  static final int MAX_QUEUE = 5_000;
  static final EngineOptions OPTIONS = new EngineOptions(PING_INTERVAL, PING_TIMEOUT, UPGRADE_TIMEOUT, MAX_PAYLOAD, MAX_QUEUE, true, new EngineOptions.Cors("https://pages.example", true),
      AllowedOrigins.parse("https://pages.example,https://more.example"), 100, 10);

  final SimLoop loop = new SimLoop();
  /** Of all sockets. */
  final SimLoop sockets;
  final EngineServer server;
  /** In the order in which they came. */
  final List<Guest> guests = new ArrayList<>();

  EngineEdge() {
    this(OPTIONS);
  }

  /** Everything on one loop. */
  EngineEdge(EngineOptions options) {
    this(options, Optional.empty());
  }

  EngineEdge(EngineOptions options, Optional<SimLoop> sockets) {
    this.sockets = sockets.orElse(loop);
    server = new EngineServer(loop, options, new RandomIds(new Random(1)), this::accept);
  }

  private EngineListener accept(EngineSocket socket) {
    Guest guest = new Guest(socket);
    guests.add(guest);
    return guest;
  }

  Guest guest() {
    return guests.getLast();
  }

  /** All that is due now on both loops. */
  void settle() {
    for (int i = 0; i < 5; i++) {
      loop.run();
      sockets.run();
    }
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** On the loop of the server. */
  void run(Runnable task) {
    loop.run(task);
  }

  Map<String, Number> figures() {
    return server.figures();
  }

  // ---- Requests

  /** {@code query}: name=value pairs, with an ampersand in between. */
  Answer request(String method, String query, byte[] body, String... headers) {
    Answer answer = start(method, query, body, headers);
    settle();
    return answer;
  }

  /** The same, but the loops have not had their turn. */
  Answer start(String method, String query, byte[] body, String... headers) {
    Answer answer = new Answer(httpRequest(method, query, body, "192.0.2.1", headers));
    sockets.execute(answer::begin);
    return answer;
  }

  Answer get(String query) {
    return request("GET", query, new byte[0]);
  }

  Answer post(String sessionId, String body) {
    return request("POST", "EIO=4&transport=polling&sid=" + sessionId, body.getBytes(StandardCharsets.UTF_8));
  }

  /** A GET of a session. */
  Answer poll(String sessionId) {
    return get("EIO=4&transport=polling&sid=" + sessionId);
  }

  /** The id of a new session that polls. */
  String open() {
    return openAs("EIO=4");
  }

  /** The same with other parameters. */
  String openAs(String parameters) {
    Answer answer = get(parameters + "&transport=polling");
    assertThat(answer.status()).isEqualTo(200);
    String body = answer.text();
    return Json.parse(body.substring(body.indexOf('{'))).at("sid").text();
  }

  static HttpRequest httpRequest(String method, String query, byte[] body, String address, String... headers) {
    Map<String, List<String>> parameters = new HashMap<>();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&")) {
      int equals = pair.indexOf('=');
      parameters.put(pair.substring(0, equals), List.of(pair.substring(equals + 1)));
    }
    Map<String, List<String>> named = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      named.put(headers[i], List.of(headers[i + 1]));
    }
    return new HttpRequest(method, "/engine.io/", parameters, named, body, new HttpRequest.Client(address, false));
  }

  /** A request on its way and its answer. */
  final class Answer {
    private final HttpRequest request;
    private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
    private boolean gone;

    private Answer(HttpRequest request) {
      this.request = request;
    }

    private void begin() {
      server.http().handle(request).whenComplete((answer, failure) -> sockets.execute(() -> {
        if (failure != null) {
          throw new AssertionError(failure);
        }
        Waiting.answered(request);
        // As the transport does with an answer for nobody.
        if (!gone) {
          assertThat(response.complete(answer)).isTrue();
        }
      }));
    }

    /** Its client goes. */
    void abandon() {
      abandonLater();
      settle();
    }

    /** The same, but the loops have not had their turn. */
    void abandonLater() {
      sockets.execute(() -> {
        if (!response.isDone()) {
          gone = true;
          Waiting.abandon(request);
        }
      });
    }

    boolean isWaiting() {
      return !response.isDone() && !gone;
    }

    boolean hasAnswer() {
      return response.isDone();
    }

    HttpResponse response() {
      assertThat(response).as("an answer").isDone();
      return response.join();
    }

    int status() {
      return response().status();
    }

    String text() {
      return new String(response().body(), StandardCharsets.UTF_8);
    }

    /** The status, and with a fault its code. */
    String fault() {
      return status() + " " + Json.parse(text()).at("code").number();
    }
  }

  // ---- WebSockets

  Handshake handshake(String query, String... headers) {
    return server.handshake(new Upgrade(httpRequest("GET", query, new byte[0], "192.0.2.1", headers), List.of()));
  }

  /** A new session on a WebSocket. */
  Socket socket() {
    return socket("EIO=4&transport=websocket");
  }

  /** A WebSocket for a session that polls. */
  Socket socketOf(String sessionId) {
    return socket("EIO=4&transport=websocket&sid=" + sessionId);
  }

  Socket socket(String query) {
    Socket socket = socketLater(query);
    settle();
    return socket;
  }

  /** The same, but the loops have not had their turn. */
  Socket socketLater(String query) {
    Socket socket = new Socket((Handshake.Accept) handshake(query));
    sockets.execute(() -> socket.accept.receiver().opened(socket.connection));
    return socket;
  }

  /** One WebSocket. */
  final class Socket {
    final Handshake.Accept accept;
    final SimConnection connection = new SimConnection(sockets);
    private boolean over;

    private Socket(Handshake.Accept accept) {
      this.accept = accept;
    }

    Socket text(String packet) {
      textLater(packet);
      settle();
      return this;
    }

    /** The same, but the loops have not had their turn. */
    void textLater(String packet) {
      sockets.execute(() -> {
        if (isOpen()) {
          accept.receiver().text(packet.getBytes(StandardCharsets.UTF_8));
        }
      });
    }

    Socket binary(byte... payload) {
      sockets.execute(() -> {
        if (isOpen()) {
          accept.receiver().binary(payload);
        }
      });
      settle();
      return this;
    }

    /** The peer ends it; so does the transport when the server has asked for it. */
    void closed(CloseReason reason) {
      closedLater(reason);
      settle();
    }

    void closedLater(CloseReason reason) {
      sockets.execute(() -> {
        if (!over) {
          over = true;
          connection.close(reason);
          accept.receiver().closed(connection.closed().orElseThrow());
        }
      });
    }

    boolean isOpen() {
      return !over && connection.closed().isEmpty();
    }

    /** Texts as they are, binary messages in brackets. */
    List<String> take() {
      return connection.takeFrames().stream().map(frame -> frame.isBinary() ? bytes(frame) : frame.payloadText()).toList();
    }

    private static String bytes(Frame frame) {
      List<Integer> values = new ArrayList<>();
      for (int i = frame.payloadStart(); i < frame.length(); i++) {
        values.add(frame.wire()[i] & 0xFF);
      }
      return values.toString();
    }

    /** The code that the server closed it with; 0 if it did not. */
    int code() {
      return connection.closed().map(CloseReason::code).orElse(0);
    }
  }

  // ---- Listeners

  /** A listener that keeps what it hears, and checks that it hears it by the rules. */
  final class Guest implements EngineListener {
    final EngineSocket socket;
    final List<String> heard = new ArrayList<>();
    final List<EngineClose> ends = new ArrayList<>();
    /** A message that it cannot bear. */
    Optional<String> failsOn = Optional.empty();
    private boolean busy;

    private Guest(EngineSocket socket) {
      this.socket = socket;
    }

    /** Sends a message. */
    void say(String text) {
      say(text, Delivery.RELIABLE);
    }

    void say(String text, Delivery delivery) {
      run(() -> saysNow(Frame.text("4" + text), delivery));
      settle();
    }

    void say(byte... payload) {
      run(() -> saysNow(Frame.binary(payload, 0, payload.length), Delivery.RELIABLE));
      settle();
    }

    /** On the loop. Whatever that leads to, the listener hears of it later. */
    void saysNow(Frame frame, Delivery delivery) {
      busy = true;
      socket.send(frame, delivery);
      busy = false;
    }

    void close(EngineClose reason) {
      run(() -> {
        busy = true;
        socket.close(reason);
        busy = false;
      });
      settle();
    }

    @Override
    public void text(byte[] bytes, int from) {
      hear(new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8));
    }

    @Override
    public void binary(byte[] payload) {
      hear(Arrays.toString(payload));
    }

    @Override
    public void moved(Connection from, Connection to) {
      assertThat(socket.connection()).isSameAs(to).isNotSameAs(from);
      hear("moved");
    }

    private void hear(String what) {
      assertThat(ends).as("nothing comes behind the end").isEmpty();
      assertThat(busy).isFalse();
      if (failsOn.filter(what::equals).isPresent()) {
        throw new IllegalStateException("a failure on purpose");
      }
      heard.add(what);
    }

    @Override
    public void closed(EngineClose reason) {
      assertThat(busy).as("within a call to the session").isFalse();
      assertThat(ends).as("only once").isEmpty();
      ends.add(reason);
    }
  }
}
