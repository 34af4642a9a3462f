package dev.roost.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns requests of the network library into ours. */
final class NettyHttp {
  private static final int MAX_PARAMETERS = 128;
  private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*");
  private static final Pattern LONE_PERCENT = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private NettyHttp() {}

  /**
   * The request; empty if its target cannot be read, or its sender is gone.
   *
   * @param proxied whose connection it is by the word of a trusted proxy, if there is such a word
   */
  static Optional<HttpRequest> request(Channel channel, Optional<Proxied> proxied, FullHttpRequest netty, TrustedProxies proxies) {
    Map<String, List<String>> headers = new HashMap<>();
    netty.headers().forEach(header -> headers.computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), n -> new ArrayList<>(1)).add(header.getValue()));
    try {
      QueryStringDecoder target = new QueryStringDecoder(asBrowsersRead(originForm(netty.uri())), StandardCharsets.UTF_8, true, MAX_PARAMETERS, true);
      List<String> hops = headers.getOrDefault("x-forwarded-for", List.of());
      Optional<HttpRequest.Client> known = proxied.map(client -> proxies.clientBehindProxy(client, hops))
          .or(() -> peer(channel).map(address -> proxies.client(address, hops)));
      if (known.isEmpty()) {
        return Optional.empty();
      }
      HttpRequest.Client client = known.get();
      boolean isThisMachine = client.isThisMachine() && ThisMachine.isMeant(netty.uri(), headers);
      return Optional.of(new HttpRequest(netty.method().name(), target.path(), target.parameters(), headers, ByteBufUtil.getBytes(netty.content()),
          new HttpRequest.Client(client.address(), isThisMachine)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** RFC 9112, section 3.2.2: a server accepts a target with scheme and host, too. Clients made by hand leave out the path; Node read that as the root. */
  private static String originForm(String target) {
    if (target.startsWith("/")) {
      return target;
    }
    Matcher authority = AUTHORITY.matcher(target);
    String rest = authority.lookingAt() ? target.substring(authority.end()) : target;
    return rest.startsWith("/") ? rest : rest.startsWith("?") ? "/" + rest : "/";
  }

  /** A percent sign in the query that begins no escape stands for itself (URL Standard, percent-decode), as browsers and Node send and read it. */
  private static String asBrowsersRead(String target) {
    int query = target.indexOf('?');
    return query < 0 || target.indexOf('%', query) < 0 ? target : target.substring(0, query) + LONE_PERCENT.matcher(target.substring(query)).replaceAll("%25");
  }

  /** The other end of a connection; empty if it has gone already. */
  static Optional<InetAddress> peer(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      return Optional.empty();
    }
    InetAddress address = remote.getAddress();
    // On a dual-stack socket the library may hand out IPv4 as mapped IPv6.
    return Optional.of(Cidr.literal(address.getHostAddress().replaceFirst("%.*", "")).orElse(address));
  }
}
