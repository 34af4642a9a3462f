package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.echo.EchoProtocol;
import java.io.ByteArrayOutputStream;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that end their side of TCP behind the last that they have to say, on real sockets: they get what is due, and nothing of them stays. */
class HalfCloseTest {
  private static final int LIMIT_MS = 10_000;
  private static final String GET = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String UPGRADE = "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final byte[] CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xe8};
  private static final byte[] CLOSE_ANSWER = {(byte) 0x88, 2, 3, (byte) 0xe8};
  private static final int BIG_BYTES = 4 << 20;

  private final List<Socket> sockets = new ArrayList<>();
  private final PageSite site = new PageSite();
  private Transport transport;
  private int port;

  private void start(IoKind io) throws IOException {
    transport = new Transport(new TransportOptions(io, 1, Duration.ofMinutes(1), 100, 0, HandshakeRates.UNLIMITED, 1 << 20, TrustedProxies.NONE, false, AllowedOrigins.ALL,
        OptionalInt.empty(), Optional.empty()));
    port = transport.listen("127.0.0.1", 0, site);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    transport.close(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void aRequestIsAnsweredThenTheConnectionEnds(IoKind io) throws IOException {
    start(io);
    for (int i = 0; i < 20; i++) {
      String answer = text(said(bytes(GET)));
      assertThat(answer).startsWith("HTTP/1.1 200 ");
      assertThat(answer.length()).isGreaterThan(PageSite.PAGE_BYTES);
    }
  }

  /** The answer comes when the end has been seen, and finds no room. */
  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void aLongAnswerThatComesLateIsSentToTheEnd(IoKind io) throws IOException {
    start(io);
    Socket socket = connect();
    socket.getOutputStream().write(bytes("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.shutdownOutput();
    // Whom the loop answers has come behind the end of the other one.
    for (int i = 0; i < 3; i++) {
      said(bytes(GET));
    }
    site.late.complete(HttpResponse.of(200, "text/plain", new byte[8 * BIG_BYTES]));
    assertThat(socket.getInputStream().readAllBytes().length).isGreaterThan(8 * BIG_BYTES);
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void soAreSeveralAndOneThatIsWrongBehindThem(IoKind io) throws IOException {
    start(io);
    assertThat(text(said(bytes(GET + GET + GET))).split("HTTP/1.1 200 ", -1)).hasSize(4);
    assertThat(text(said(bytes(GET + "GET / HTTP/1.1\r\n\r\n")))).startsWith("HTTP/1.1 200 ").contains("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void whoAsksForNothingOrHalfASentenceIsNotWaitedFor(IoKind io) throws IOException {
    start(io);
    assertThat(said(new byte[0])).isEmpty();
    assertThat(said(bytes("GET /page HT"))).isEmpty();
    assertThat(said(bytes("POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void anIdleKeptConnectionEndsWithItsClients(IoKind io) throws IOException {
    start(io);
    Socket socket = connect();
    socket.getOutputStream().write(bytes(GET));
    head(socket);
    assertThat(socket.getInputStream().readNBytes(PageSite.PAGE_BYTES)).endsWith('x', '\n');
    socket.shutdownOutput();
    assertThat(socket.getInputStream().readAllBytes()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void aCloseFrameIsAnswered(IoKind io) throws IOException {
    start(io);
    for (int i = 0; i < 20; i++) {
      Socket socket = webSocket();
      socket.getOutputStream().write(CLOSE);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(CLOSE_ANSWER);
    }
    awaitNobody();
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void whatWaitsIsSentBeforeTheCloseFrame(IoKind io) throws IOException {
    start(io);
    Socket socket = webSocket();
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(new byte[] {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, BIG_BYTES >> 16, 0, 0, 0, 0, 0, 0});
    frames.writeBytes(new byte[BIG_BYTES]);
    frames.writeBytes(CLOSE);
    socket.getOutputStream().write(frames.toByteArray());
    socket.shutdownOutput();
    assertThat(socket.getInputStream().readAllBytes()).hasSize(10 + BIG_BYTES + CLOSE_ANSWER.length).endsWith(CLOSE_ANSWER);
    awaitNobody();
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void anOpenWebSocketIsLostAtOnce(IoKind io) throws IOException {
    start(io);
    Socket socket = webSocket();
    socket.shutdownOutput();
    assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    awaitNobody();
  }

  // ---- Clients

  /** Says this, ends its side, and hears what comes until the end. */
  private byte[] said(byte[] what) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(what);
    socket.shutdownOutput();
    return socket.getInputStream().readAllBytes();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MS);
    sockets.add(socket);
    return socket;
  }

  private Socket webSocket() throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(bytes(UPGRADE));
    assertThat(head(socket)).startsWith("HTTP/1.1 101 ");
    return socket;
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

  private void awaitNobody() {
    long end = System.nanoTime() + Duration.ofMillis(LIMIT_MS).toNanos();
    while (transport.meter().connections.sum() != 0 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(transport.meter().connections.sum()).isZero();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** Answers every request with a long page, from another thread. */
  private static final class PageSite implements Site {
    static final int PAGE_BYTES = 200_000;
    private final CompletableFuture<HttpResponse> late = new CompletableFuture<>();
    private final EchoProtocol echo = new EchoProtocol();

    @Override
    public Handshake upgrade(Upgrade request) {
      return echo.handshake(request);
    }

    @Override
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
      if (request.path().equals("/late")) {
        return late;
      }
      return CompletableFuture.supplyAsync(() -> HttpResponse.text(200, "x".repeat(PAGE_BYTES - 1)));
    }
  }
}
