package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PROXY protocol on real sockets: every answer is the address for which the server takes the client. */
class ProxyGateTest {
  private static final int LIMIT_MS = 10_000;
  private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

  private final List<Socket> sockets = new ArrayList<>();
  private Transport transport;
  private int port;

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    transport.close(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "PROXY TCP4 203.0.113.9 198.51.100.1 4711 443 | 203.0.113.9",
      "PROXY TCP6 2001:db8::7 2001:db8::1 4711 443 | 2001:db8::7",
      "PROXY TCP6 ::ffff:203.0.113.9 2001:db8::1 4711 443 | 203.0.113.9",
      "PROXY UNKNOWN | 127.0.0.1",
      "PROXY UNKNOWN ffff::1 ffff::2 65535 65535 | 127.0.0.1",
      "PROXY TCP4 127.0.0.1 127.0.0.1 4711 443 | 127.0.0.1"})
  void version1(String header, String client) throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    assertThat(answer(bytes(header + "\r\n" + GET + "\r\n"))).isEqualTo(client);
  }

  @Test
  void version2() throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    byte[] four = {(byte) 203, 0, 113, 9, (byte) 198, 51, 100, 1, 18, 103, 1, (byte) 187};
    byte[] six = new byte[36];
    six[0] = 0x20;
    six[1] = 1;
    six[15] = 7;
    assertThat(answer(version2(PROXY, 0x11, four))).isEqualTo("203.0.113.9");
    assertThat(answer(version2(PROXY, 0x21, six))).isEqualTo("2001::7");
    assertThat(answer(version2(PROXY, 0x31, new byte[216]))).as("UNIX").isEqualTo("127.0.0.1");
    assertThat(answer(version2(PROXY, 0x00, new byte[0]))).as("UNSPEC").isEqualTo("127.0.0.1");
    assertThat(answer(version2(LOCAL, 0x00, new byte[0]))).as("LOCAL").isEqualTo("127.0.0.1");
    assertThat(answer(version2(LOCAL, 0x11, four))).as("LOCAL with an address, which does not count").isEqualTo("127.0.0.1");
    byte[] withExtras = new byte[12 + 3 + 1_000];
    System.arraycopy(four, 0, withExtras, 0, 12);
    withExtras[12] = 4;
    withExtras[13] = 1_000 >> 8;
    withExtras[14] = (byte) 1_000;
    assertThat(answer(version2(PROXY, 0x11, withExtras))).as("with more about the connection").isEqualTo("203.0.113.9");
  }

  @Test
  void aHeaderInPiecesAndARequestBehindIt() throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    Socket socket = connect();
    for (byte piece : bytes("PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n" + GET + "\r\n")) {
      socket.getOutputStream().write(piece);
    }
    assertThat(body(socket)).isEqualTo("203.0.113.9");
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "PROXY TCP4 203.0.113.9\r\n",
      "PROXY TCP4 203.0.113.999 198.51.100.1 4711 443\r\n",
      "PROXY TCP4 203.0.113.9 198.51.100.1 4711 70000\r\n",
      "PROXY TCP4 2001:db8::7 2001:db8::1 4711 443\r\n",
      "PROXY SCTP 203.0.113.9 198.51.100.1 4711 443\r\n",
      "PROXY UNKNOWN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void withoutARightHeaderThereIsNoConnection(String start) throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    Socket socket = connect();
    socket.getOutputStream().write(bytes(start));
    assertEnds(socket);
    Refusals.await(transport, Refusal.PROXY, 1);
  }

  @Test
  void brokenHeadersOfVersion2() throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    byte[] tooMuch = new byte[8_000];
    List<byte[]> broken = List.of(version2(0x31, 0x11, new byte[12]), version2(0x2F, 0x11, new byte[12]), version2(PROXY, 0x11, new byte[4]),
        version2(PROXY, 0x77, new byte[12]), version2(PROXY, 0x11, tooMuch));
    for (byte[] header : broken) {
      Socket socket = connect();
      socket.getOutputStream().write(header);
      assertEnds(socket);
    }
    Refusals.await(transport, Refusal.PROXY, broken.size());
  }

  @Test
  void whoSendsNoHeaderInTimeIsCutOff() throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    assertEnds(connect());
    Socket half = connect();
    half.getOutputStream().write(bytes("PROXY TCP4 203."));
    assertEnds(half);
    Refusals.await(transport, Refusal.TIMEOUT, 2);
  }

  @Test
  void theWordOfAnybodyElseDoesNotCount() throws IOException {
    start(TrustedProxies.parse("10.0.0.0/8"));
    Socket socket = connect();
    socket.getOutputStream().write(bytes("PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n"));
    assertEnds(socket);
    Refusals.await(transport, Refusal.PROXY, 1);
  }

  @Test
  void theHeaderTellsOfTheLastHopOfAPrivateProxyAndOnlyWhoIsListedTellsOfMore() throws IOException {
    start(TrustedProxies.PRIVATE);
    String forwarded = "\r\n" + GET + "X-Forwarded-For: 6.6.6.6\r\n\r\n";
    assertThat(answer(bytes("PROXY TCP4 192.168.1.7 198.51.100.1 4711 443" + forwarded))).isEqualTo("192.168.1.7");
    transport.close(Duration.ZERO);
    start(TrustedProxies.parse("127.0.0.1, 192.168.1.7"));
    assertThat(answer(bytes("PROXY TCP4 192.168.1.7 198.51.100.1 4711 443" + forwarded))).isEqualTo("6.6.6.6");
    assertThat(answer(bytes("PROXY TCP4 192.168.1.8 198.51.100.1 4711 443" + forwarded))).isEqualTo("192.168.1.8");
  }

  @Test
  void whereTheProxyNamesNobodyTheClientCannotNameItself() throws IOException {
    start(TrustedProxies.parse("127.0.0.1"));
    String forged = GET + "X-Forwarded-For: 6.6.6.6\r\n";
    assertThat(answer(bytes("PROXY UNKNOWN\r\n" + forged + "\r\n"))).isEqualTo("127.0.0.1");
    assertThat(answer(version2(PROXY, 0x00, new byte[0], forged))).as("UNSPEC").isEqualTo("127.0.0.1");
    assertThat(answer(version2(LOCAL, 0x00, new byte[0], forged))).as("LOCAL").isEqualTo("127.0.0.1");
    assertThat(answer(bytes("PROXY TCP4 127.0.0.1 127.0.0.1 4711 443\r\n" + forged + "\r\n"))).as("a trusted proxy behind the first").isEqualTo("6.6.6.6");
  }

  // ---- A server and its clients

  private void start(TrustedProxies proxies) throws IOException {
    transport = new Transport(new TransportOptions(IoKind.AUTO, 1, Duration.ofSeconds(1), 100, 0, HandshakeRates.UNLIMITED, 1 << 20, proxies, true, AllowedOrigins.ALL, OptionalInt.empty(),
        Optional.empty()));
    port = transport.listen("127.0.0.1", 0, new AddressSite());
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MS);
    sockets.add(socket);
    return socket;
  }

  private String answer(byte[] request) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(request);
    return body(socket);
  }

  private static String body(Socket socket) throws IOException {
    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(answer).startsWith("HTTP/1.1 200 ").doesNotContain("this machine");
    return answer.substring(answer.indexOf("\r\n\r\n")).strip();
  }

  private static void assertEnds(Socket socket) {
    try {
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    } catch (IOException e) {
      assertThat(e).as("a reset, as there was more to read").hasMessageContaining("reset");
    }
  }

  private static byte[] version2(int versionAndCommand, int family, byte[] addresses) {
    return version2(versionAndCommand, family, addresses, GET);
  }

  private static byte[] version2(int versionAndCommand, int family, byte[] addresses, String request) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(SIGNATURE);
    header.write(versionAndCommand);
    header.write(family);
    header.write(addresses.length >> 8);
    header.write(addresses.length);
    header.writeBytes(addresses);
    header.writeBytes(bytes(request + "\r\n"));
    return header.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Answers every request with the address of its sender. */
  private static final class AddressSite implements Site {
    @Override
    public Handshake upgrade(Upgrade request) {
      return new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found"));
    }

    @Override
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
      return CompletableFuture.completedStage(HttpResponse.text(200, request.client().address() + (request.client().isThisMachine() ? " this machine" : "")));
    }
  }
}
