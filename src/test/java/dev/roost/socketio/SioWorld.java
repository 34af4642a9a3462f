package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Receiver;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** A Socket.IO server with its Engine.IO, in virtual time, and the carriers that reach it. */
final class SioWorld {
  static final Duration PING_INTERVAL = Duration.ofSeconds(25);
  static final Duration PING_TIMEOUT = Duration.ofSeconds(20);
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(45);
  static final Duration WINDOW = Duration.ofMinutes(2);
  static final int MAX_PAYLOAD = 10_000;
  static final int MAX_QUEUE = 100_000;
  static final int MAX_NAMESPACES = 5;
  static final String ADDRESS = "192.0.2.1";

  final SimLoop loop = new SimLoop();
  final SocketIoServer server;

  SioWorld() {
    this(Duration.ZERO);
  }

  /** @param window of recovery; zero: none */
  SioWorld(Duration window) {
    this(window, MAX_PAYLOAD, MAX_QUEUE);
  }

  SioWorld(Duration window, int maxPayload, int maxQueue) {
    EngineOptions engine = new EngineOptions(PING_INTERVAL, PING_TIMEOUT, Duration.ofSeconds(10), maxPayload, maxQueue, true, new EngineOptions.Cors("*", false), AllowedOrigins.ALL, 100_000, 100_000);
    server = new SocketIoServer(loop, new SocketIoOptions(engine, CONNECT_TIMEOUT, window, MAX_NAMESPACES, 3), new RandomIds(new Random(1)));
  }

  /** Offers a namespace to whatever comes. */
  Recorder offer(String namespace) {
    Recorder recorder = new Recorder();
    server.namespace(namespace, recorder);
    loop.run();
    return recorder;
  }

  Namespace namespace(String name) {
    return server.find(name).orElseThrow();
  }

  long figure(String name) {
    return server.figures().get(name).longValue();
  }

  /** What a handler throws on purpose; without a stack trace, for the log's sake. */
  static RuntimeException failure() {
    return new RuntimeException("a failure on purpose", null, false, false) { };
  }

  /** Nothing is left of anybody. */
  void isEmpty() {
    assertThat(figure("sessions")).as("sessions").isZero();
    assertThat(figure("sockets")).as("sockets").isZero();
    assertThat(figure("interruptedSockets")).as("interrupted sockets").isZero();
    assertThat(figure("recoveryLogBytes")).as("bytes of logs").isZero();
    assertThat(figure("waitingAttachmentBytes")).as("bytes of attachments").isZero();
    assertThat(loop.timers()).as("timers").isZero();
  }

  // ---- Carriers

  /** A WebSocket with a session of its own. */
  Link link() {
    return link(ADDRESS, "EIO=4&transport=websocket");
  }

  Link linkFrom(String address) {
    return link(address, "EIO=4&transport=websocket");
  }

  /** One of a client of protocol 3. */
  Link oldLink() {
    return link(ADDRESS, "EIO=3&transport=websocket");
  }

  private Link link(String address, String query) {
    return new Link(((Handshake.Accept) server.handshake(new Upgrade(request(address, "GET", query, new byte[0]), List.of()))).receiver());
  }

  private static HttpRequest request(String address, String method, String query, byte[] body) {
    Map<String, List<String>> parameters = new HashMap<>();
    Arrays.stream(query.split("&")).map(pair -> pair.split("=", 2)).forEach(pair -> parameters.put(pair[0], List.of(pair[1])));
    return new HttpRequest(method, "/socket.io/", parameters, Map.of(), body, new HttpRequest.Client(address, false));
  }

  private HttpResponse answer(String method, String query, String body) {
    var answer = server.http().handle(request(ADDRESS, method, query, body.getBytes(StandardCharsets.UTF_8))).toCompletableFuture();
    loop.run();
    assertThat(answer).as("an answer").isDone();
    return answer.join();
  }

  /** A client that polls, and may take a WebSocket later. */
  final class Poller {
    final String sid;

    Poller() {
      String open = text(answer("GET", "EIO=4&transport=polling", ""));
      sid = Json.parse(open.substring(1)).at("sid").text();
    }

    private static String text(HttpResponse response) {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    private String query() {
      return "EIO=4&transport=polling&sid=" + sid;
    }

    Poller post(String... packets) {
      assertThat(answer("POST", query(), Json.quoted(String.join("\u001e", packets))).status()).isEqualTo(200);
      return this;
    }

    /** The same, handed over but not worked on yet. */
    void queue(String... packets) {
      loop.execute(() -> server.http().handle(request(ADDRESS, "POST", query(), Json.quoted(String.join("\u001e", packets)).getBytes(StandardCharsets.UTF_8))));
    }

    /** What a GET brings; there must be something. */
    List<String> poll() {
      return List.of(text(answer("GET", query(), "")).split("\u001e"));
    }

    /** The whole way of the protocol to a WebSocket. */
    Link upgrade() {
      Link link = link(ADDRESS, "EIO=4&transport=websocket&sid=" + sid);
      link.raw("2probe");
      assertThat(link.take()).containsExactly("3probe");
      link.raw("5");
      return link;
    }
  }

  /** A WebSocket of a client. It answers pings as long as its client is there; what arrives waits until the client looks. */
  final class Link implements Connection {
    private final ConnectionId id = ConnectionId.next();
    private final Receiver receiver;
    private final ArrayDeque<Frame> inbox = new ArrayDeque<>();
    private Optional<CloseReason> closed = Optional.empty();
    private boolean isOver;
    private boolean vanished;
    private boolean pingsWait;
    private boolean owedPong;
    private boolean holdsPongs;

    private Link(Receiver receiver) {
      this.receiver = receiver;
      loop.run(() -> receiver.opened(this));
    }

    // ---- The server's side

    @Override
    public ConnectionId id() {
      return id;
    }

    @Override
    public Loop loop() {
      return loop;
    }

    @Override
    public void send(Frame frame, Delivery delivery) {
      if (closed.isPresent() || isOver) {
        return;
      }
      if (!pingsWait && isPing(frame)) {
        owedPong = true;
        loop.execute(this::pong);
      } else {
        inbox.add(frame);
      }
    }

    @Override
    public void close(CloseReason reason) {
      if (closed.isEmpty()) {
        closed = Optional.of(reason);
        loop.execute(() -> over(reason));
      }
    }

    private static boolean isPing(Frame frame) {
      return !frame.isBinary() && frame.payloadText().equals("2");
    }

    private void pong() {
      if (owedPong && !holdsPongs && !vanished && isOpen()) {
        owedPong = false;
        receiver.text(new byte[] {'3'});
      }
    }

    private void over(CloseReason reason) {
      if (!isOver) {
        isOver = true;
        receiver.closed(reason);
      }
    }

    // ---- The client's side

    /** Sends a packet of Engine.IO; single quotes stand for double ones. */
    Link raw(String packet) {
      loop.run(() -> {
        if (isOpen()) {
          receiver.text(Json.quoted(packet).getBytes(StandardCharsets.UTF_8));
        }
      });
      return this;
    }

    /** Sends a packet of Socket.IO, handed over but not worked on yet. */
    void queue(String packet) {
      loop.execute(() -> receiver.text(Json.quoted("4" + packet).getBytes(StandardCharsets.UTF_8)));
    }

    /** Sends packets of Socket.IO. */
    Link say(String... packets) {
      Arrays.stream(packets).forEach(packet -> raw("4" + packet));
      return this;
    }

    Link binary(byte... payload) {
      loop.run(() -> {
        if (isOpen()) {
          receiver.binary(payload);
        }
      });
      return this;
    }

    boolean isOpen() {
      return !isOver && closed.isEmpty();
    }

    /** Packets of Socket.IO since the last look, binary messages in brackets; what the session itself says is left out. */
    List<String> take() {
      List<String> taken = new ArrayList<>();
      for (Frame frame = inbox.poll(); frame != null; frame = inbox.poll()) {
        String text = text(frame);
        if (!text.startsWith("0")) {
          taken.add(text.startsWith("4") ? text.substring(1) : text);
        }
      }
      return taken;
    }

    /** The next packet as it is; none if there is none. Pings on the way are answered. */
    Optional<String> next() {
      Frame frame = inbox.poll();
      while (frame != null && isPing(frame)) {
        owedPong = true;
        loop.run(this::pong);
        frame = inbox.poll();
      }
      return Optional.ofNullable(frame).map(Link::text);
    }

    /** From now on pings wait behind what the client has not read, as on a slow link. */
    void pingsWait() {
      pingsWait = true;
    }

    int waiting() {
      return inbox.size();
    }

    /** The id of the session. */
    String sid() {
      return Json.parse(inbox.peek().payloadText().substring(1)).at("sid").text();
    }

    private static String text(Frame frame) {
      return frame.isBinary() ? Arrays.toString(Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length())) : frame.payloadText();
    }

    /** The way of its answers to pings is slow from now on. */
    void holdPongs() {
      holdsPongs = true;
    }

    /** They arrive. */
    void releasePongs() {
      holdsPongs = false;
      loop.run(this::pong);
    }

    /** The link breaks, and the server notices. */
    void cut() {
      vanished = true;
      loop.run(() -> over(CloseReason.LOST));
    }

    /** The link breaks, and nobody notices: neither side hears from the other. */
    void vanish() {
      vanished = true;
    }
  }

  /** An application that keeps what it hears, and answers as it is told. */
  static class Recorder implements NamespaceHandler {
    final List<String> heard = new ArrayList<>();
    final List<Socket> sockets = new ArrayList<>();
    final List<Event> events = new ArrayList<>();
    Optional<String> refusal = Optional.empty();
    boolean recovers = true;
    boolean mayResume = true;
    boolean mayClaim = true;
    /** What it does besides, by what it hears. */
    final Map<String, Consumer<Socket>> reactions = new HashMap<>();

    Recorder on(String what, Consumer<Socket> reaction) {
      reactions.put(what, reaction);
      return this;
    }

    private void hear(String what, Socket socket, String more) {
      heard.add(more.isEmpty() ? what : what + " " + more);
      Consumer<Socket> reaction = reactions.get(what);
      if (reaction != null) {
        reaction.accept(socket);
      }
    }

    List<String> take() {
      List<String> taken = List.copyOf(heard);
      heard.clear();
      return taken;
    }

    Socket last() {
      return sockets.getLast();
    }

    @Override
    public Optional<String> refusal(String address, RawJson auth) {
      Consumer<Socket> reaction = reactions.get("refusal");
      if (reaction != null) {
        reaction.accept(null);
      }
      return refusal;
    }

    @Override
    public boolean recovers() {
      return recovers;
    }

    @Override
    public void connected(Socket socket, RawJson auth) {
      sockets.add(socket);
      // What a client shows that wants to come back says nothing here.
      hear("connected", socket, auth.toString().startsWith("{\"pid\"") ? "" : auth.toString());
    }

    @Override
    public void event(Socket socket, Event event) {
      events.add(event);
      hear("event", socket, event.name() + event.arguments() + (event.attachments().isEmpty() ? "" : event.attachments().stream().map(Arrays::toString).toList().toString()));
    }

    @Override
    public void interrupted(Socket socket) {
      hear("interrupted", socket, "");
    }

    @Override
    public boolean mayClaim(Socket socket, String address) {
      return mayClaim || socket.address().equals(address);
    }

    @Override
    public boolean mayResume(Socket socket) {
      hear("asked", socket, "");
      return mayResume;
    }

    @Override
    public void resumed(Socket socket) {
      hear("resumed", socket, "");
    }

    @Override
    public void disconnected(Socket socket, DisconnectReason reason) {
      hear("disconnected", socket, reason.name());
    }
  }
}
