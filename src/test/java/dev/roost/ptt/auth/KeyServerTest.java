package dev.roost.ptt.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.sim.SimLoop;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Public keys that an address gives out: when they are fetched, and what happens when that fails. Time is virtual, the network is real. */
class KeyServerTest {
  private static final String ADA = "{\"uid\":\"ada\"}";
  private static final String FIRST = Jwks.set(Jwks.rsa("first", Tokens.RSA));
  private static final String SECOND = Jwks.set(Jwks.rsa("second", Tokens.OTHER_RSA));
  private static final String TOKEN_OF_FIRST = Tokens.signed("RS256", "first", ADA, Tokens.RSA);
  private static final String TOKEN_OF_SECOND = Tokens.signed("RS256", "second", ADA, Tokens.OTHER_RSA);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration AN_HOUR = Duration.ofHours(1);

  private final SimLoop loop = new SimLoop();
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private ExecutorService threads;
  private HttpServer server;
  private volatile Answer answer = exchange -> send(exchange, 200, FIRST);
  private Authenticator authenticator;

  /** What the server does with a request. */
  @FunctionalInterface
  private interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/", exchange -> {
      requests.incrementAndGet();
      try (exchange) {
        answer.give(exchange);
      }
    });
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    if (authenticator != null) {
      authenticator.close();
    }
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  @DisplayName("Every kind of key, fetched at the start in the background")
  void everyKind() {
    String keys = Jwks.set(Jwks.rsa("r", Tokens.RSA), Jwks.ec("256", Tokens.P256), Jwks.ec("384", Tokens.P384), Jwks.ec("521", Tokens.P521), Jwks.ed25519("ed", Tokens.ED25519));
    answer = exchange -> send(exchange, 200, keys);
    open("RS256,PS256,ES256,ES384,ES512,EdDSA");
    until(() -> isAccepted(Tokens.signed("RS256", "r", ADA, Tokens.RSA)));
    assertThat(isAccepted(Tokens.signed("PS256", "r", ADA, Tokens.RSA))).isTrue();
    assertThat(isAccepted(Tokens.signed("ES256", "256", ADA, Tokens.P256))).isTrue();
    assertThat(isAccepted(Tokens.signed("ES384", "384", ADA, Tokens.P384))).isTrue();
    assertThat(isAccepted(Tokens.signed("ES512", "521", ADA, Tokens.P521))).isTrue();
    assertThat(isAccepted(Tokens.signed("EdDSA", "ed", ADA, Tokens.ED25519))).isTrue();
    assertThat(isAccepted(Tokens.signed("RS256", "", ADA, Tokens.RSA))).as("a token that does not name its key").isTrue();
    assertThat(isAccepted(Tokens.signed("ES256", "r", ADA, Tokens.P256))).as("a token that names another key").isFalse();
    assertThat(isAccepted(Tokens.signed("RS384", "r", ADA, Tokens.RSA))).as("an algorithm that is not allowed").isFalse();
    assertThat(isAccepted(Tokens.signed("RS256", "r", ADA, Tokens.OTHER_RSA))).isFalse();
  }

  @Test
  @DisplayName("A key that is not known yet is fetched when its first token comes; one that was taken back is no key any more")
  void rotation() {
    open("RS256");
    until(() -> isAccepted(TOKEN_OF_FIRST));
    answer = exchange -> send(exchange, 200, SECOND);
    until(() -> isAccepted(TOKEN_OF_SECOND));
    assertThat(isAccepted(TOKEN_OF_FIRST)).isFalse();
    assertThat(requests).hasValue(2);
  }

  @Test
  @DisplayName("Made-up names of keys cause one fetch each 30 s, and only if they could be good for something")
  void madeUpNames() {
    open("RS256,HS256", "SECRET_KEY", Tokens.SECRET);
    until(() -> isAccepted(TOKEN_OF_FIRST));
    for (int i = 0; i < 100; i++) {
      assertThat(isAccepted(Tokens.hs256("{\"alg\":\"HS256\",\"kid\":\"" + i + "\"}", ADA))).isTrue();
      assertThat(isAccepted(Tokens.hs256("{\"alg\":\"RS512\",\"kid\":\"" + i + "\"}", ADA))).isFalse();
      assertThat(isAccepted(Tokens.hs256("{\"alg\":\"RS256\"}", ADA))).isFalse();
      assertThat(isAccepted(Tokens.hs256("{\"alg\":\"RS256\",\"kid\":\"first\"}", ADA))).isFalse();
    }
    loop.pass(Duration.ofSeconds(29));
    for (int round = 2; round < 5; round++) {
      for (int i = 0; i < 100; i++) {
        assertThat(isAccepted(Tokens.hs256("{\"alg\":\"RS256\",\"kid\":\"" + i + "\"}", ADA))).isFalse();
      }
      int expected = round;
      until(() -> requests.get() >= expected && isIdle());
      assertThat(requests).hasValue(expected);
      loop.pass(Duration.ofSeconds(30));
    }
  }

  @Test
  @DisplayName("They are fetched again after the time of the settings")
  void refresh() {
    open("RS256", "JWT_JWKS_REFRESH_MS", "45000");
    until(() -> isAccepted(TOKEN_OF_FIRST));
    String both = Jwks.set(Jwks.rsa("first", Tokens.RSA), Jwks.rsa("second", Tokens.OTHER_RSA));
    answer = exchange -> send(exchange, 200, both);
    loop.pass(Duration.ofSeconds(44));
    assertThat(isIdle()).isTrue();
    assertThat(requests).hasValue(1);
    loop.pass(Duration.ofSeconds(1));
    until(() -> requests.get() == 2 && isAccepted(TOKEN_OF_SECOND));
    answer = exchange -> send(exchange, 200, SECOND);
    until(this::isIdle);
    loop.pass(Duration.ofSeconds(45));
    until(() -> requests.get() == 3 && !isAccepted(TOKEN_OF_FIRST));
    assertThat(isAccepted(TOKEN_OF_SECOND)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "null", "{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[null,7,{}]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"first\"}]}", "<html>"})
  @DisplayName("What holds no key changes nothing")
  void noKeys(String body) {
    open("RS256", "JWT_JWKS_REFRESH_MS", "10000");
    until(() -> isAccepted(TOKEN_OF_FIRST));
    answer = exchange -> send(exchange, 200, body);
    fetchAgain(Duration.ofSeconds(10));
    assertThat(isAccepted(TOKEN_OF_FIRST)).isTrue();
    answer = exchange -> send(exchange, 200, SECOND);
    fetchAgain(Duration.ofSeconds(10));
    assertThat(isAccepted(TOKEN_OF_SECOND)).isTrue();
  }

  @Test
  @DisplayName("After a failure it is tried again every 30 s; the keys stay for a day")
  void failure() {
    answer = exchange -> send(exchange, 503, FIRST);
    open("RS256", "JWT_JWKS_REFRESH_MS", Long.toString(AN_HOUR.toMillis()));
    until(() -> requests.get() == 1 && isIdle());
    assertThat(Tokens.verify(authenticator, Tokens.signed("RS256", "", ADA, Tokens.RSA))).isEqualTo(new Verdict.Refused("the server has no key that could have signed it"));
    answer = exchange -> send(exchange, 200, FIRST);
    fetchAgain(KeyServer.RETRY);
    assertThat(isAccepted(TOKEN_OF_FIRST)).isTrue();
    answer = exchange -> send(exchange, 500, "");
    loop.pass(KeyServer.MAX_AGE);
    assertThat(isAccepted(TOKEN_OF_FIRST)).isTrue();
    loop.pass(KeyServer.RETRY);
    assertThat(isAccepted(TOKEN_OF_FIRST)).as("nobody could say for a day whether it is still good").isFalse();
    answer = exchange -> send(exchange, 200, FIRST);
    until(() -> {
      loop.pass(KeyServer.RETRY);
      return isAccepted(TOKEN_OF_FIRST);
    });
  }

  @Test
  @DisplayName("An address where nobody listens keeps nothing else from working")
  void nobodyThere() {
    server.stop(0);
    open("RS256,HS256", "SECRET_KEY", Tokens.SECRET);
    assertThat(isAccepted(Tokens.hs256(ADA))).isTrue();
    until(this::isIdle);
    assertThat(isAccepted(TOKEN_OF_FIRST)).isFalse();
    assertThat(isAccepted(Tokens.hs256(ADA))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("An answer that does not come, or stops in the middle, is given up")
  void slow(boolean begins) {
    answer = exchange -> {
      if (begins) {
        exchange.sendResponseHeaders(200, FIRST.length());
        exchange.getResponseBody().write(FIRST.substring(0, 20).getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
      }
      hang();
    };
    KeyServer keys = KeyServer.open(KeyServer.Options.of(url("/"), AN_HOUR), EnumSet.of(Algorithm.RS256), loop, Duration.ofMillis(300));
    try {
      until(() -> requests.get() == 1);
      assertThat(keys.fitting(Algorithm.RS256, "")).isEmpty();
      until(() -> !keys.isFetching());
      answer = exchange -> send(exchange, 200, FIRST);
      loop.pass(KeyServer.RETRY);
      until(() -> keys.fitting(Algorithm.RS256, "").size() == 1);
    } finally {
      keys.close();
    }
  }

  @Test
  @DisplayName("An answer without an end is cut off")
  void huge() {
    AtomicInteger sent = new AtomicInteger();
    answer = exchange -> {
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream body = exchange.getResponseBody()) {
        // As much as a socket could hold on its way, and far more than is read.
        for (byte[] part = " ".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII); sent.addAndGet(part.length) < 1 << 30;) {
          body.write(part);
        }
      }
    };
    open("RS256");
    until(() -> requests.get() == 1 && isIdle());
    assertThat(sent.get()).isLessThan(1 << 29);
    answer = exchange -> send(exchange, 200, FIRST);
    fetchAgain(KeyServer.RETRY);
    assertThat(isAccepted(TOKEN_OF_FIRST)).isTrue();
  }

  @Test
  @DisplayName("A redirect is not followed")
  void redirect() {
    answer = exchange -> {
      exchange.getResponseHeaders().add("Location", url("/elsewhere"));
      send(exchange, exchange.getRequestURI().getPath().equals("/elsewhere") ? 200 : 302, FIRST);
    };
    open("RS256");
    until(() -> requests.get() >= 1 && isIdle());
    assertThat(requests).hasValue(1);
    assertThat(isAccepted(Tokens.signed("RS256", "", ADA, Tokens.RSA))).isFalse();
  }

  @Test
  @DisplayName("After the end nothing is fetched, and no timer is left")
  void closed() {
    open("RS256");
    until(() -> isAccepted(TOKEN_OF_FIRST) && isIdle());
    authenticator.close();
    assertThat(loop.timers()).isZero();
    loop.pass(AN_HOUR);
    assertThat(isAccepted(TOKEN_OF_SECOND)).isFalse();
    assertThat(isIdle()).isTrue();
    assertThat(requests).hasValue(1);
  }

  private void open(String algorithms, String... more) {
    String[] settings = Stream.concat(Stream.of("JWT_ALGORITHMS", algorithms, "JWT_JWKS_URL", url("/jwks.json")), Stream.of(more)).toArray(String[]::new);
    authenticator = Tokens.open(loop, settings);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private boolean isAccepted(String token) {
    return Tokens.verify(authenticator, token) instanceof Verdict.Accepted;
  }

  private boolean isIdle() {
    return !((TokenAuthenticator) authenticator).isFetching();
  }

  private void fetchAgain(Duration wait) {
    until(this::isIdle);
    int before = requests.get();
    loop.pass(wait);
    until(() -> requests.get() > before && isIdle());
  }

  private static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).isLessThan(LIMIT.toNanos());
      Thread.onSpinWait();
    }
  }

  private void hang() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
