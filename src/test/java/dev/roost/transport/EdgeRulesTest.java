package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Addresses, origins, numbers of connections: the rules of the edge without a network. */
class EdgeRulesTest {

  @ParameterizedTest
  @CsvSource({
      "10.0.0.0/8, 10.255.1.2, true", "10.0.0.0/8, 11.0.0.1, false", "192.168.4.0/22, 192.168.7.255, true", "192.168.4.0/22, 192.168.8.0, false",
      "127.0.0.1, 127.0.0.1, true", "127.0.0.1, 127.0.0.2, false", "::1, ::1, true", "fc00::/7, fd12::1, true", "fc00::/7, fe80::1, false",
      "0.0.0.0/0, 8.8.8.8, true", "0.0.0.0/0, ::1, false", "::ffff:10.0.0.0, 10.0.0.0, true"})
  void ranges(String range, String address, boolean contained) {
    assertThat(Cidr.parse(range).contains(InetAddress.ofLiteral(address))).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "localhost", "10.0.0", "::1/129", "10.0.0.0/x"})
  void ranges_thatAreNone(String text) {
    assertThatThrownBy(() -> TrustedProxies.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void withoutTrustTheHeaderIsIgnored() {
    assertThat(client(TrustedProxies.NONE, "203.0.113.9", "1.2.3.4")).isEqualTo(new HttpRequest.Client("203.0.113.9", false));
  }

  @Test
  void trustedHopsAreSkippedFromRightToLeft() {
    TrustedProxies proxies = TrustedProxies.parse("10.0.0.0/8, 127.0.0.1");
    assertThat(client(proxies, "127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.1.1").address()).isEqualTo("203.0.113.9");
    assertThat(client(proxies, "127.0.0.1", "6.6.6.6", "203.0.113.9").address()).isEqualTo("203.0.113.9");
    assertThat(client(proxies, "127.0.0.1").address()).isEqualTo("127.0.0.1");
    assertThat(client(proxies, "127.0.0.1", "nonsense").address()).isEqualTo("127.0.0.1");
    assertThat(client(proxies, "127.0.0.1", "203.0.113.9, nonsense, 10.1.1.1").address()).isEqualTo("10.1.1.1");
    assertThat(client(proxies, "127.0.0.1", "[2001:db8::1]").address()).isEqualTo("2001:db8::1");
  }

  @ParameterizedTest
  @CsvSource({"203.0.113.9:4711, 203.0.113.9", "[2001:db8::7]:4711, 2001:db8::7", "'6.6.6.6:1, 203.0.113.9:2', 203.0.113.9", "'6.6.6.6:1, 10.1.1.1:2', 6.6.6.6",
      "2001:db8::7:4711, 2001:db8::7:4711", "203.0.113.9:, 10.0.0.2", "203.0.113.9:123456, 10.0.0.2", ":80, 10.0.0.2"})
  void aPortBehindAnAddressDoesNotMatter(String forwardedFor, String client) {
    assertThat(client(TrustedProxies.parse("10.0.0.0/8"), "10.0.0.2", forwardedFor).address()).isEqualTo(client);
  }

  @Test
  void aProxyWhoseHopsCannotBeReadIsNamedOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(TrustedProxies.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      TrustedProxies proxies = TrustedProxies.parse("10.0.0.0/8");
      client(proxies, "10.0.0.2", "203.0.113.9");
      client(proxies, "203.0.113.9", "nonsense");
      client(proxies, "10.0.0.2", "nonsense, 203.0.113.9");
      assertThat(lines.list).isEmpty();
      client(proxies, "10.0.0.2", "203.0.113.9, unknown");
      client(proxies, "10.0.0.3", "unknown");
      assertThat(lines.list).singleElement().satisfies(line -> assertThat(line.getFormattedMessage()).contains("10.0.0.2", "\"unknown\""));
    } finally {
      logger.detachAppender(lines);
    }
  }

  @Test
  void aPrivateProxyVouchesForTheLastHopOnly() {
    assertThat(client(TrustedProxies.PRIVATE, "10.0.0.2", "6.6.6.6, 192.168.1.7").address()).isEqualTo("192.168.1.7");
    assertThat(client(TrustedProxies.PRIVATE, "203.0.113.9", "6.6.6.6").address()).isEqualTo("203.0.113.9");
    TrustedProxies both = TrustedProxies.parse("192.168.1.0/24").and(TrustedProxies.PRIVATE);
    assertThat(client(both, "10.0.0.2", "6.6.6.6, 192.168.1.7").address()).isEqualTo("6.6.6.6");
  }

  @Test
  void onlyADirectConnectionFromLoopbackIsThisMachine() {
    assertThat(client(TrustedProxies.NONE, "127.0.0.1").isThisMachine()).isTrue();
    assertThat(client(TrustedProxies.NONE, "::1").isThisMachine()).isTrue();
    assertThat(client(TrustedProxies.NONE, "192.168.0.7").isThisMachine()).isFalse();
    // A proxy on this machine that nobody told us of.
    assertThat(client(TrustedProxies.NONE, "127.0.0.1", "203.0.113.9").isThisMachine()).isFalse();
    assertThat(client(TrustedProxies.PRIVATE, "127.0.0.1", "203.0.113.9").isThisMachine()).isFalse();
    // The client wrote it.
    assertThat(client(TrustedProxies.PRIVATE, "127.0.0.1", "127.0.0.1, 192.168.1.7").isThisMachine()).isFalse();
    assertThat(client(TrustedProxies.PRIVATE, "127.0.0.1", "127.0.0.1").isThisMachine()).isFalse();
  }

  @Test
  void origins() {
    AllowedOrigins some = AllowedOrigins.parse("https://a.example, http://b.example:8080");
    assertThat(some.allow(Optional.of("https://a.example"))).isTrue();
    assertThat(some.allow(Optional.of("HTTPS://A.example"))).isTrue();
    assertThat(some.allow(Optional.of("http://a.example"))).isFalse();
    assertThat(some.allow(Optional.of("null"))).isFalse();
    assertThat(some.allow(Optional.empty())).isTrue();
    assertThat(AllowedOrigins.ALL.allow(Optional.of("https://x.example"))).isTrue();
    assertThatThrownBy(() -> AllowedOrigins.parse("a.example")).hasMessageContaining("origins");
  }

  @Test
  void placesAreCountedInTotalAndByAddress() throws Exception {
    ConnectionLimits limits = new ConnectionLimits(3, 2);
    assertThat(limits.acquire("a")).isEmpty();
    assertThat(limits.acquire("a")).isEmpty();
    assertThat(limits.acquire("a")).contains(Refusal.ADDRESS_CAPACITY);
    assertThat(limits.acquire("b")).isEmpty();
    assertThat(limits.acquire("c")).contains(Refusal.CAPACITY);
    limits.leaving("a").operationComplete(null);
    assertThat(limits.acquire("a")).isEmpty();
  }

  @Test
  void aNetworkOfIpv6IsOneAddressForPlacesToo() throws Exception {
    ConnectionLimits limits = new ConnectionLimits(10, 2);
    assertThat(limits.acquire("2001:db8::1")).isEmpty();
    assertThat(limits.acquire("2001:db8::2")).isEmpty();
    assertThat(limits.acquire("2001:db8::3")).contains(Refusal.ADDRESS_CAPACITY);
    assertThat(limits.acquire("2001:db8:0:1::1")).as("the next network").isEmpty();
    limits.leaving("2001:db8::4").operationComplete(null);
    assertThat(limits.acquire("2001:db8::5")).isEmpty();
  }

  @Test
  void whereAddressesAreNotCountedAConnectionKeepsNone() throws Exception {
    ConnectionLimits limits = new ConnectionLimits(1, 0);
    assertThat(limits.leaving("a")).isSameAs(limits.leaving("b"));
    assertThat(limits.acquire("a")).isEmpty();
    assertThat(limits.acquire("b")).contains(Refusal.CAPACITY);
    limits.leaving("a").operationComplete(null);
    assertThat(limits.acquire("b")).isEmpty();
  }

  private static HttpRequest.Client client(TrustedProxies proxies, String peer, String... forwardedFor) {
    return proxies.client(InetAddress.ofLiteral(peer), List.of(forwardedFor));
  }
}
