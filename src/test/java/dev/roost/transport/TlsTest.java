package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.echo.EchoProtocol;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on real sockets. */
class TlsTest {
  private static final int LIMIT_MS = 10_000;
  private static final byte ALERT_RECORD = 21;
  /** Some ten times what fits into the buffers of both ends. */
  private static final int MAX_KEY_UPDATES = 200_000;

  @TempDir
  private Path folder;
  private X509Bundle bundle;
  private TlsFiles files;
  private Transport transport;
  private int port;
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    write(new CertificateBuilder().subject("CN=first").setIsCertificateAuthority(true).ecp256().buildSelfSigned(), 1);
    files = TlsFiles.open(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    start(Duration.ofMillis(LIMIT_MS));
  }

  private void start(Duration handshakeTimeout) throws IOException {
    transport = new Transport(new TransportOptions(IoKind.AUTO, 1, handshakeTimeout, 100, 0, HandshakeRates.UNLIMITED, 1 << 20, TrustedProxies.NONE, false, AllowedOrigins.ALL, OptionalInt.empty(),
        Optional.of(files)));
    port = transport.listen("127.0.0.1", 0, new EchoSite());
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    transport.close(Duration.ofSeconds(1));
  }

  @Test
  void bothVersionsGetTheirEchoAndNothingOlderIsSpoken() throws Exception {
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      SSLSocket socket = connect(version);
      upgrade(socket);
      socket.getOutputStream().write(frame(0x81, "hello"));
      assertThat(new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII)).endsWith("hello");
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
    // A hello of TLS 1.1, which Java itself no longer offers.
    Socket old = tcp();
    old.getOutputStream().write(new byte[] {22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2});
    old.getOutputStream().write(new byte[32]);
    old.getOutputStream().write(new byte[] {0, 0, 2, (byte) 0xc0, 0x13, 1, 0});
    assertThat(old.getInputStream().readAllBytes()).startsWith(ALERT_RECORD).hasSize(7);
    Refusals.await(transport, Refusal.TLS, 1);
  }

  @Test
  void theEndIsACloseFrameThenAnAlertThenTheEndOfTcp() throws Exception {
    Recorded tcp = new Recorded();
    SSLSocket socket = over(tcp, "TLSv1.2");
    upgrade(socket);
    tcp.received.reset();
    socket.getOutputStream().write(frame(0x88, "\u0003\u00e8"));
    assertThat(socket.getInputStream().readAllBytes()).containsExactly(0x88, 2, 3, 0xe8);
    // What TLS 1.2 calls its records is readable from outside.
    assertThat(tcp.kindsOfRecords()).containsExactly((byte) 23, ALERT_RECORD);
    assertThat(tcp.ended).isTrue();
  }

  @Test
  void whoEndsTcpBehindTheLastThatItSaysStillGetsItsAnswer() throws Exception {
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      Socket tcp = tcp();
      SSLSocket asks = over(tcp, version);
      asks.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      tcp.shutdownOutput();
      assertThat(new String(asks.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 404 ");
      tcp = tcp();
      SSLSocket closes = over(tcp, version);
      upgrade(closes);
      closes.getOutputStream().write(frame(0x88, "\u0003\u00e8"));
      tcp.shutdownOutput();
      assertThat(closes.getInputStream().readAllBytes()).containsExactly(0x88, 2, 3, 0xe8);
    }
    Socket plain = tcp();
    plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    plain.shutdownOutput();
    assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).contains("this port speaks TLS");
    Socket silent = tcp();
    silent.shutdownOutput();
    assertThat(silent.getInputStream().readAllBytes()).isEmpty();
    Socket half = tcp();
    half.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
    half.shutdownOutput();
    assertThat(half.getInputStream().readAllBytes()).isEmpty();
  }

  @Test
  void aStopOfTheServerEndsInOrderToo() throws Exception {
    Recorded tcp = new Recorded();
    SSLSocket socket = over(tcp, "TLSv1.2");
    upgrade(socket);
    tcp.received.reset();
    Thread stop = Thread.startVirtualThread(() -> transport.close(Duration.ofSeconds(3)));
    byte[] head = socket.getInputStream().readNBytes(4);
    assertThat(head).startsWith(0x88).endsWith(3, 0xe9);
    socket.getInputStream().readNBytes(head[1] - 2);
    socket.getOutputStream().write(frame(0x88, "\u0003\u00e9"));
    assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    assertThat(tcp.kindsOfRecords()).endsWith(ALERT_RECORD);
    assertThat(tcp.ended).isTrue();
    socket.close();
    assertThat(stop.join(Duration.ofSeconds(3))).isTrue();
  }

  @Test
  void newConnectionsGetTheNewCertificateAndTheOldOnesGoOn() throws Exception {
    SSLSocket old = connect("TLSv1.3");
    upgrade(old);
    write(new CertificateBuilder().subject("CN=second").setIsCertificateAuthority(true).rsa2048().buildSelfSigned(), 2);
    look();
    look();
    SSLSocket fresh = connect("TLSv1.3");
    upgrade(fresh);
    assertThat(((X509Certificate) fresh.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName()).isEqualTo("CN=second");
    old.getOutputStream().write(frame(0x81, "still here"));
    assertThat(new String(old.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)).endsWith("still here");
  }

  /** The server looks by itself, too, and may be at it. */
  private void look() {
    while (!files.look()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoSpeaksPlainHttpIsToldAndWhoSpeaksNothingIsCutOff() throws Exception {
    transport.close(Duration.ZERO);
    start(Duration.ofSeconds(1));
    Socket plain = tcp();
    plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 400 ").contains("this port speaks TLS");
    Socket noise = tcp();
    noise.getOutputStream().write(new byte[] {0, 1, 2});
    assertThat(noise.getInputStream().readAllBytes()).isEmpty();
    Refusals.await(transport, Refusal.TLS, 2);
    assertThat(tcp().getInputStream().read()).isEqualTo(-1);
    // Half a hello is no more than silence.
    Socket half = tcp();
    half.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
    assertThat(half.getInputStream().read()).isEqualTo(-1);
    Refusals.await(transport, Refusal.TIMEOUT, 2);
    assertThat(transport.meter().refusals(Refusal.TLS).sum()).isEqualTo(2);
  }

  @Test
  void aClientThatDoesNotTrustUsIsCounted() throws Exception {
    SSLSocket socket = (SSLSocket) SSLContext.getDefault().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    sockets.add(socket);
    assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    Refusals.await(transport, Refusal.TLS, 1);
  }

  @Test
  void aSecondHandshakeOnAConnectionIsNotDone() throws Exception {
    SSLSocket socket = connect("TLSv1.2");
    upgrade(socket);
    socket.startHandshake();
    assertThatThrownBy(() -> {
      socket.getOutputStream().write(frame(0x81, "hello"));
      if (socket.getInputStream().read() < 0) {
        throw new IOException("ended");
      }
    }).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoAsksForNewKeysOnAndOnAndReadsNoAnswerIsCutOff(boolean webSocket) throws Exception {
    Socket tcp = new Socket();
    sockets.add(tcp);
    tcp.setReceiveBufferSize(4 * 1024);
    tcp.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MS);
    SSLSocket socket = over(tcp, "TLSv1.3");
    if (webSocket) {
      upgrade(socket);
    } else {
      socket.startHandshake();
    }
    assertThatThrownBy(() -> {
      for (int i = 0; i < MAX_KEY_UPDATES; i++) {
        // After the first handshake it is a KeyUpdate that wants to be answered.
        socket.startHandshake();
      }
    }).isInstanceOf(IOException.class);
    assertThat(transport.meter().protocolFaults.sum()).isEqualTo(1);
  }

  @Test
  void whoAsksForNewKeysAndReadsTheAnswersGoesOn() throws Exception {
    SSLSocket socket = connect("TLSv1.3");
    upgrade(socket);
    for (int i = 0; i < 5_000; i++) {
      socket.startHandshake();
      if (i % 100 == 0) {
        socket.getOutputStream().write(frame(0x81, "hello"));
        assertThat(new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII)).endsWith("hello");
      }
    }
    assertThat(transport.meter().protocolFaults.sum()).isZero();
  }

  @Test
  void manyAtOnceAreServedOneAfterTheOther() throws Exception {
    List<Thread> clients = new ArrayList<>();
    List<SSLSocket> open = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      clients.add(Thread.startVirtualThread(() -> {
        try {
          SSLSocket socket = connect("TLSv1.3");
          upgrade(socket);
          socket.getOutputStream().write(frame(0x81, "hi"));
          assertThat(socket.getInputStream().readNBytes(4)).endsWith('h', 'i');
          synchronized (open) {
            open.add(socket);
          }
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }));
    }
    for (Thread client : clients) {
      assertThat(client.join(Duration.ofMillis(LIMIT_MS))).isTrue();
    }
    assertThat(open).hasSize(80);
    assertThat(transport.handshakesWaiting()).isZero();
    assertThat(transport.meter().connections.sum()).isEqualTo(80);
  }

  // ---- Clients

  private Socket tcp() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    synchronized (sockets) {
      sockets.add(socket);
    }
    socket.setSoTimeout(LIMIT_MS);
    return socket;
  }

  private SSLSocket connect(String version) throws Exception {
    return over(tcp(), version);
  }

  private SSLSocket over(Socket tcp, String version) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {bundle.toTrustManager()}, null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(tcp, "localhost", port, true);
    socket.setEnabledProtocols(new String[] {version});
    return socket;
  }

  private static void upgrade(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(("GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      assertThat(next).as(head.toString()).isNotNegative();
      head.append((char) next);
    }
    assertThat(head).startsWith("HTTP/1.1 101 ");
  }

  /** A frame of a client, with the mask 0, of a payload of Latin-1. */
  private static byte[] frame(int firstByte, String payload) {
    byte[] body = payload.getBytes(StandardCharsets.ISO_8859_1);
    byte[] frame = new byte[6 + body.length];
    frame[0] = (byte) firstByte;
    frame[1] = (byte) (0x80 | body.length);
    System.arraycopy(body, 0, frame, 6, body.length);
    return frame;
  }

  private void write(X509Bundle next, int version) throws Exception {
    bundle = next;
    for (Path file : List.of(folder.resolve("cert.pem"), folder.resolve("key.pem"))) {
      Files.writeString(file, file.endsWith("cert.pem") ? next.getCertificatePathPEM() : next.getPrivateKeyPEM());
      Files.setLastModifiedTime(file, FileTime.fromMillis(version * 1_000L));
    }
  }

  /** TCP whose bytes are kept as they come. */
  private final class Recorded extends Socket {
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean ended;

    Recorded() throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      sockets.add(this);
      setSoTimeout(LIMIT_MS);
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          int count = super.read(into, offset, length);
          if (count < 0) {
            ended = true;
          } else {
            received.write(into, offset, count);
          }
          return count;
        }
      };
    }

    /** Reads the rest, too. */
    List<Byte> kindsOfRecords() throws IOException {
      getInputStream().readAllBytes();
      List<Byte> kinds = new ArrayList<>();
      byte[] bytes = received.toByteArray();
      for (int i = 0; i < bytes.length; i += 5 + ((bytes[i + 3] & 0xFF) << 8 | bytes[i + 4] & 0xFF)) {
        kinds.add(bytes[i]);
      }
      return kinds;
    }
  }

  private static final class EchoSite implements Site {
    private final EchoProtocol echo = new EchoProtocol();

    @Override
    public Handshake upgrade(Upgrade request) {
      return echo.handshake(request);
    }

    @Override
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
      return Router.NOT_FOUND.handle(request);
    }
  }
}
