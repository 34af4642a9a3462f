package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.echo.EchoProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of requests, on real sockets: answers that arrive, limits that meet those they are meant for. */
class HttpEdgeTest {
  private static final int LIMIT_MS = 10_000;
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final List<Socket> sockets = new ArrayList<>();
  private Transport transport;
  private int port;

  private void start(int maxConnections, HandshakeRates rates) throws IOException {
    transport = new Transport(new TransportOptions(IoKind.AUTO, 1, Duration.ofMinutes(1), maxConnections, 0, rates, MAX_BODY_BYTES, TrustedProxies.parse("127.0.0.1"), false, AllowedOrigins.ALL,
        OptionalInt.empty(), Optional.empty()));
    port = transport.listen("127.0.0.1", 0, new SomeSite());
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    transport.close(Duration.ofSeconds(1));
  }

  @Test
  void whoSendsABodyThatIsTooLongIsToldAndNotReset() throws IOException {
    start(100, HandshakeRates.UNLIMITED);
    for (int i = 0; i < 10; i++) {
      Socket socket = connect();
      socket.getOutputStream().write(bytes("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + 4 * MAX_BODY_BYTES + "\r\n\r\n"));
      for (int sent = 0; sent < 4 * MAX_BODY_BYTES; sent += 8_192) {
        socket.getOutputStream().write(new byte[8_192]);
      }
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 413 ");
    }
  }
  @Test
  void aWebSocketBehindALongAnswerIsRead() throws IOException {
    start(100, HandshakeRates.UNLIMITED);
    Socket socket = connect();
    socket.getOutputStream().write(bytes(get("/long") + upgrade("/echo", "203.0.113.9")));
    head(socket);
    socket.getInputStream().readNBytes(SomeSite.PAGE_BYTES);
    assertThat(status(head(socket))).isEqualTo(101);
    socket.getOutputStream().write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});
    assertThat(socket.getInputStream().readNBytes(4)).endsWith('h', 'i');
  }

  @Test
  void connectionsThatAreKeptForMoreRequestsTakeNoPlaceOfAWebSocket() throws IOException {
    start(2, HandshakeRates.UNLIMITED);
    for (int i = 0; i < 20; i++) {
      assertThat(ask(get("/"))).isEqualTo(200);
    }
    assertThat(ask(upgrade("/echo", "203.0.113.9"))).isEqualTo(101);
    assertThat(transport.meter().refusals(Refusal.CAPACITY).sum()).isZero();
  }

  @Test
  void whoIsTurnedAwayTakesNoPlaceAndIsCountedOnce() throws IOException {
    start(1, HandshakeRates.UNLIMITED);
    for (int i = 0; i < 3; i++) {
      // They are sent a close frame and do not answer it.
      assertThat(ask(upgrade("/bad", "203.0.113.9"))).isEqualTo(101);
    }
    assertThat(ask(upgrade("/echo", "203.0.113.9"))).isEqualTo(101);
    Socket late = connect();
    late.getOutputStream().write(bytes(upgrade("/bad", "203.0.113.9")));
    assertThat(status(head(late))).as("although it is full").isEqualTo(101);
    assertThat(late.getInputStream().readNBytes(4)).startsWith(0x88).endsWith(4001 >> 8, 4001 & 0xFF);
    assertThat(transport.meter().refusals(Refusal.UNAUTHORIZED).sum()).isEqualTo(4);
    assertThat(transport.meter().refusals(Refusal.CAPACITY).sum()).isZero();
    assertThat(transport.meter().connections.sum()).isEqualTo(1);
  }

  @Test
  void whatIsRefusedForAnotherReasonTakesNothingFromEverybodysRate() throws IOException {
    // Two at once, and another one in a second: far fewer than are refused below.
    start(3, new HandshakeRates(1, 0, false));
    for (int i = 0; i < 20; i++) {
      assertThat(ask(upgrade("/nowhere", "203.0.113.9"))).isEqualTo(404);
      assertThat(ask(upgrade("/bad", "203.0.113.9"))).isEqualTo(101);
    }
    assertThat(ask(upgrade("/echo", "203.0.113.9"))).isEqualTo(101);
    assertThat(transport.meter().refusals(Refusal.RATE).sum()).isZero();
  }

  @Test
  void anAddressPaysForWhateverItAsks() throws IOException {
    start(100, new HandshakeRates(0, 1, false));
    int refused = 0;
    for (int i = 0; i < 30; i++) {
      refused += ask(upgrade("/bad", "203.0.113.9")) == 429 ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(10);
    assertThat(ask(upgrade("/echo", "203.0.113.10"))).isEqualTo(101);
  }

  @Test
  void whoIsBeyondEverybodysRateKeepsNoPlace() throws IOException {
    start(3, new HandshakeRates(1, 0, false));
    int in = 0;
    long end = System.nanoTime() + Duration.ofMillis(LIMIT_MS).toNanos();
    // One 429 that kept its place would make it full.
    while (in < 3 && System.nanoTime() < end) {
      int status = ask(upgrade("/echo", "203.0.113.9"));
      assertThat(status).isIn(101, 429);
      in += status == 101 ? 1 : 0;
    }
    assertThat(in).isEqualTo(3);
    assertThat(transport.meter().refusals(Refusal.RATE).sum()).isPositive();
  }

  @Test
  void anAnswerThatNamesAProtocolToChangeToSaysSoOfTheConnection() throws IOException {
    start(100, HandshakeRates.UNLIMITED);
    Socket socket = connect();
    for (int i = 0; i < 3; i++) {
      socket.getOutputStream().write(bytes(get("/websocket-only")));
      assertThat(head(socket)).startsWith("HTTP/1.1 426 ").contains("Upgrade: websocket\r\n").containsIgnoringCase("\r\nconnection: upgrade\r\n");
      socket.getInputStream().readNBytes("Upgrade Required\n".length());
    }
    socket.getOutputStream().write(bytes("GET /websocket-only HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assertThat(head(socket)).startsWith("HTTP/1.1 426 ").containsIgnoringCase("\r\nconnection: upgrade, close\r\n");
    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).as("and then it ends").isEqualTo("Upgrade Required\n");
  }

  @Test
  void anotherVersionOfWebSocketIsRefusedLikewise() throws IOException {
    start(100, HandshakeRates.UNLIMITED);
    Socket socket = connect();
    socket.getOutputStream().write(bytes(upgrade("/echo", "203.0.113.9").replace("Version: 13", "Version: 8")));
    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 426 ").contains("Sec-WebSocket-Version: 13\r\n", "Upgrade: websocket\r\n")
        .containsIgnoringCase("\r\nconnection: upgrade, close\r\n");
  }

  @Test
  void otherAnswersSayOfTheConnectionOnlyThatItEnds() throws IOException {
    start(100, HandshakeRates.UNLIMITED);
    Socket socket = connect();
    socket.getOutputStream().write(bytes(get("/")));
    assertThat(head(socket)).doesNotContainIgnoringCase("\r\nconnection:");
    socket.getInputStream().readNBytes(10);
    socket.getOutputStream().write(bytes("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assertThat(head(socket)).containsIgnoringCase("\r\nconnection: close\r\n");
  }

  // ---- Clients

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MS);
    sockets.add(socket);
    return socket;
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  private static String upgrade(String path, String address) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + address + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }

  /** The status of the answer to a request on a new connection, which stays. */
  private int ask(String request) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(bytes(request));
    return status(head(socket));
  }

  private static int status(String head) {
    return Integer.parseInt(head.substring(9, 12));
  }

  private static String head(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      assertThat(next).as(head.toString()).isNotNegative();
      head.append((char) next);
    }
    return head.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** WebSockets are echoed at /echo, turned away at /bad, refused elsewhere; one page is long, and one is none. */
  private static final class SomeSite implements Site {
    static final int PAGE_BYTES = 16 << 20;
    private final EchoProtocol echo = new EchoProtocol();

    @Override
    public Handshake upgrade(Upgrade request) {
      return switch (request.request().path()) {
        case "/echo" -> echo.handshake(request);
        case "/bad" -> Handshake.closeAtOnce(request, new CloseReason(4001, "Unauthorized"));
        default -> new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found"));
      };
    }

    @Override
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
      return CompletableFuture.completedStage(switch (request.path()) {
        case "/long" -> HttpResponse.of(200, "text/plain", new byte[PAGE_BYTES]);
        case "/websocket-only" -> HttpResponse.text(426, "Upgrade Required").with("Upgrade", "websocket");
        default -> HttpResponse.of(200, "text/plain", new byte[10]);
      });
    }
  }
}
