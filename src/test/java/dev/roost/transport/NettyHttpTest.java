package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the target of a request is read, and whose it is: as browsers write it, which the originals of the protocols understood (URL Standard, application/x-www-form-urlencoded). */
class NettyHttpTest {

  @ParameterizedTest
  @CsvSource({
      // A semicolon is a character like others.
      "a;b, a;b", "a%3Bb, a;b", "a;c=d, a;c=d",
      // A percent sign that begins no escape stands for itself.
      "100%, 100%", "%, %", "%%, %%", "%zz, %zz", "%2, %2", "%2g, %2g", "a%2, a%2", "%u0041, %u0041", "%%41, %A", "%25, %", "%2525, %25", "%25zz, %zz", "5%+4%, 5% 4%",
      // What is no UTF-8 becomes the replacement character.
      "%C3%A9, é", "%c3%a9, é", "%C3%28, \uFFFD(", "%FF, \uFFFD", "%C3, \uFFFD", "a%E2%82, a\uFFFD",
      "a+b, a b", "a%2Bb, a+b", "a%26b, a&b", "a=b, a=b", "a?b, a?b", "a/b, a/b"})
  void values(String sent, String read) {
    assertThat(request("/any?first=1&name=" + sent + "&last=9").query()).isEqualTo(Map.of("first", List.of("1"), "name", List.of(read), "last", List.of("9")));
    assertThat(request("/any?name=" + sent).parameter("name")).contains(read);
  }

  @Test
  void names() {
    assertThat(request("/?a%3Bb=1&100%=2&%zz=3").query()).isEqualTo(Map.of("a;b", List.of("1"), "100%", List.of("2"), "%zz", List.of("3")));
    assertThat(request("/?id=1&id=2").query()).isEqualTo(Map.of("id", List.of("1", "2")));
    assertThat(request("/?id").parameter("id")).contains("");
    assertThat(request("/?").query()).isEmpty();
  }

  @Test
  void whatIsInThePathIsNoQuery() {
    HttpRequest request = request("/a;b%20c?id=1");
    assertThat(request.path()).isEqualTo("/a;b c");
    assertThat(request.query()).isEqualTo(Map.of("id", List.of("1")));
  }

  @ParameterizedTest
  @CsvSource({"/a?id=1, /a", "http://localhost/a?id=1, /a", "http://localhost:8080/a?id=1, /a", "ws://localhost/?id=1, /", "http://localhost?id=1, /", "?id=1, /", "/a://b?id=1, /a://b"})
  void targets(String target, String path) {
    HttpRequest request = request(target);
    assertThat(request.path()).isEqualTo(path);
    assertThat(request.query()).isEqualTo(Map.of("id", List.of("1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost", "*", "localhost:8080", ""})
  void targetsWithoutAPath(String target) {
    assertThat(request(target).path()).isEqualTo("/");
    assertThat(request(target).query()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/100%", "/%zz", "/%2", "/%?id=1", "/%zz?id=100%"})
  void aPathThatCannotBeReadIsRefused(String target) {
    assertThat(NettyHttp.request(from("127.0.0.1"), Optional.empty(), netty(target), TrustedProxies.NONE)).isEmpty();
  }

  @Test
  void whoeverIsGoneAsksNothing() {
    assertThat(NettyHttp.request(new EmbeddedChannel(), Optional.empty(), netty("/"), TrustedProxies.NONE)).isEmpty();
  }

  @Test
  void thisMachineIsWhoConnectsFromItAndMeansIt() {
    assertThat(isThisMachine("127.0.0.1", "localhost:8080")).isTrue();
    assertThat(isThisMachine("::1", "[::1]:8080")).isTrue();
    assertThat(isThisMachine("127.0.0.1", "mesh.example.com")).as("through a tunnel").isFalse();
    assertThat(isThisMachine("192.0.2.1", "localhost:8080")).as("whatever it writes").isFalse();
  }

  private static boolean isThisMachine(String peer, String host) {
    FullHttpRequest netty = netty("/");
    netty.headers().set("Host", host);
    return NettyHttp.request(from(peer), Optional.empty(), netty, TrustedProxies.NONE).orElseThrow().client().isThisMachine();
  }

  private static HttpRequest request(String target) {
    return NettyHttp.request(from("127.0.0.1"), Optional.empty(), netty(target), TrustedProxies.NONE).orElseThrow();
  }

  private static FullHttpRequest netty(String target) {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
  }

  private static Channel from(String peer) {
    return new EmbeddedChannel() {
      @Override
      protected SocketAddress remoteAddress0() {
        return new InetSocketAddress(peer, 4_711);
      }
    };
  }
}
