package dev.roost.transport;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose word about a client's address counts, and what follows from it. */
public final class TrustedProxies {
  private static final Logger log = LoggerFactory.getLogger(TrustedProxies.class);
  /** As some gateways write it (Azure's, IIS): {@code 203.0.113.9:4711}, {@code [2001:db8::7]:4711}. */
  private static final Pattern WITH_PORT = Pattern.compile("^(\\[[^\\]]*]|[^:]*):\\d{1,5}$");
  private static final int MAX_SHOWN = 64;
  /** Nobody. */
  public static final TrustedProxies NONE = new TrustedProxies(List.of(), List.of());
  /**
   * A proxy on loopback or a private address, directly before us: what {@code TRUST_PROXY=true} of the originals means. It vouches for the last hop only: a private
   * address further left is a client in somebody's network and not a proxy.
   */
  public static final TrustedProxies PRIVATE =
      new TrustedProxies(List.of(), parse("127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10").ranges);

  private final List<Cidr> ranges;
  /** Trusted as our direct peer only. */
  private final List<Cidr> peers;
  private final AtomicBoolean told = new AtomicBoolean();

  private TrustedProxies(List<Cidr> ranges, List<Cidr> peers) {
    this.ranges = ranges;
    this.peers = peers;
  }

  /**
   * Reads a list of addresses and ranges, separated by commas.
   *
   * @throws IllegalArgumentException that says what the text must be
   */
  public static TrustedProxies parse(String list) {
    return new TrustedProxies(parts(List.of(list)).map(Cidr::parse).toList(), List.of());
  }

  /** Those and these. */
  public TrustedProxies and(TrustedProxies others) {
    return new TrustedProxies(Stream.concat(ranges.stream(), others.ranges.stream()).toList(),
        Stream.concat(peers.stream(), others.peers.stream()).toList());
  }

  /**
   * Who sent a request: the peer, or, if that is a trusted proxy, the last address in {@code X-Forwarded-For} that is not one (right to left; the left part is
   * whatever the client wrote; a port does not matter). A list with something that is no address counts up to there.
   */
  HttpRequest.Client client(InetAddress peer, List<String> forwardedFor) {
    return client(peer, trust(peer), forwardedFor);
  }

  /**
   * Who sent a request on a connection whose address is a proxy's word. This is the last hop of a private proxy, so only what is listed by itself counts further. If the
   * proxy named nobody, the client itself may have written any header. Nobody who comes this way comes from this machine.
   */
  HttpRequest.Client clientBehindProxy(Proxied proxied, List<String> forwardedFor) {
    boolean trusted = proxied.isNamed() && contains(ranges, proxied.address());
    return new HttpRequest.Client(client(proxied.address(), trusted, forwardedFor).address(), false);
  }

  /** Whether the word of this peer counts. */
  boolean trust(InetAddress peer) {
    return contains(ranges, peer) || contains(peers, peer);
  }

  private HttpRequest.Client client(InetAddress peer, boolean trustsPeer, List<String> forwardedFor) {
    InetAddress client = peer;
    List<String> hops = parts(forwardedFor).toList();
    boolean trusted = trustsPeer;
    for (int i = hops.size() - 1; i >= 0 && trusted; i--) {
      Optional<InetAddress> hop = Cidr.literal(WITH_PORT.matcher(hops.get(i)).replaceFirst("$1"));
      if (hop.isEmpty()) {
        if (i == hops.size() - 1) {
          tellOfUnreadable(peer, hops.get(i));
        }
        break;
      }
      client = hop.get();
      trusted = contains(ranges, client);
    }
    // Whatever a proxy says, and whoever wrote it: who comes through one does not come from here.
    return new HttpRequest.Client(NetUtil.toAddressString(client), client.isLoopbackAddress() && hops.isEmpty());
  }

  /** The proxy itself wrote it: then all its clients have one address, and every limit of an address meets them together. */
  private void tellOfUnreadable(InetAddress proxy, String hop) {
    if (!told.getAndSet(true)) {
      log.warn("The proxy {} sends an X-Forwarded-For that ends with \"{}\", which is no address: its clients count as one. This is said once", NetUtil.toAddressString(proxy),
          hop.substring(0, Math.min(hop.length(), MAX_SHOWN)));
    }
  }

  private static boolean contains(List<Cidr> ranges, InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  private static Stream<String> parts(List<String> lists) {
    return lists.stream().flatMap(list -> Arrays.stream(list.split(","))).map(String::strip).filter(part -> !part.isEmpty());
  }
}
