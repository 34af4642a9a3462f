package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.echo.EchoProtocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that go while their request waits for its answer, on real sockets. */
class AbandonmentTest {
  private static final int LIMIT_MS = 10_000;
  private static final int POSTS = 10;
  private static final int BODY_BYTES = 900_001;
  private static final byte[] GET = "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final WaitingSite site = new WaitingSite();
  private Transport transport;
  private int port;

  private void start(IoKind io) throws IOException {
    transport = new Transport(new TransportOptions(io, 1, Duration.ofMinutes(1), 100, 0, HandshakeRates.UNLIMITED, 1 << 20, TrustedProxies.NONE, false, AllowedOrigins.ALL,
        OptionalInt.empty(), Optional.empty()));
    port = transport.listen("127.0.0.1", 0, site);
  }

  @AfterEach
  void stop() {
    transport.close(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void aHandlerLearnsThatItsClientHasGone(IoKind io) throws Exception {
    start(io);
    try (Socket socket = connect()) {
      socket.getOutputStream().write(GET);
      site.take();
    }
    assertThat(site.abandoned.poll(LIMIT_MS, TimeUnit.MILLISECONDS)).isEqualTo("/wait");
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void aClientThatWasAnsweredHasAbandonedNothing(IoKind io) throws Exception {
    start(io);
    try (Socket socket = connect()) {
      socket.getOutputStream().write(GET);
      site.take().complete(HttpResponse.text(200, "late"));
      assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
    }
    // The next one's end comes behind the first one's.
    try (Socket socket = connect()) {
      socket.getOutputStream().write(new String(GET, StandardCharsets.US_ASCII).replace("wait", "next").getBytes(StandardCharsets.US_ASCII));
      site.take();
    }
    assertThat(site.abandoned.poll(LIMIT_MS, TimeUnit.MILLISECONDS)).isEqualTo("/next");
    assertThat(site.abandoned).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = IoKind.class, names = {"AUTO", "NIO"})
  void whatIsSentBehindARequestThatWaitsIsAnsweredInItsTurn(IoKind io) throws Exception {
    start(io);
    try (Socket socket = connect()) {
      Thread sender = Thread.startVirtualThread(() -> sendAll(socket));
      for (int i = 0; i <= POSTS; i++) {
        site.take().complete(HttpResponse.text(200, "answer"));
        byte[] answer = socket.getInputStream().readNBytes(12);
        assertThat(answer).asString().isEqualTo("HTTP/1.1 200");
        skipToEnd(socket);
      }
      assertThat(sender.join(Duration.ofMillis(LIMIT_MS))).isTrue();
    }
    assertThat(site.abandoned).isEmpty();
  }

  /** A request that waits, and long ones behind it, of which one read may bring the end of one and the beginning of the next. */
  private static void sendAll(Socket socket) {
    try {
      socket.getOutputStream().write(GET);
      for (int i = 0; i < POSTS; i++) {
        socket.getOutputStream().write(("POST /next HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(new byte[BODY_BYTES]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void skipToEnd(Socket socket) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf("answer\n") < 0) {
      read.append((char) socket.getInputStream().read());
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MS);
    return socket;
  }

  /** Answers when the test does. */
  private static final class WaitingSite implements Site {
    private final BlockingQueue<CompletableFuture<HttpResponse>> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> abandoned = new LinkedBlockingQueue<>();

    CompletableFuture<HttpResponse> take() throws InterruptedException {
      return asked.poll(LIMIT_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public Handshake upgrade(Upgrade request) {
      return new EchoProtocol().handshake(request);
    }

    @Override
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
      CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
      request.abandonment().onAbandoned(() -> abandoned.add(request.path()));
      asked.add(answer);
      return answer;
    }
  }
}
