package dev.roost.transport;

import io.netty.util.NetUtil;
import java.util.Optional;

/** Addresses of clients as this server writes them: each has one form (RFC 5952), so that whoever writes it in another is the same client. */
public final class ClientAddress {

  private ClientAddress() {}

  /** The form that {@link HttpRequest.Client} has, of an address that people write; empty if it is none. Never asks a name server. */
  public static Optional<String> canonical(String text) {
    return Cidr.literal(text.strip()).map(NetUtil::toAddressString);
  }

  /** What counts as one client where clients are counted: an address of IPv4, of IPv6 the network of 64 bits, in which anybody has as many addresses as he likes. */
  public static String network(String canonical) {
    return HandshakeLimits.key(canonical);
  }
}
