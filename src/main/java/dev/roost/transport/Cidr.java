package dev.roost.transport;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of addresses such as {@code 10.0.0.0/8} or {@code ::1}.
 *
 * @param network the first address
 * @param bits how many leading bits count
 */
record Cidr(InetAddress network, int bits) {
  private static final Pattern FORM = Pattern.compile("([^/]+)(?:/(\\d{1,3}))?");
  /** The JDK also takes old forms such as 10.1 or 2130706433, which would open a way around lists of addresses. */
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  /** @throws IllegalArgumentException if the text is not an address with an optional number of bits */
  static Cidr parse(String text) {
    Matcher parts = FORM.matcher(text);
    Optional<InetAddress> network = parts.matches() ? literal(parts.group(1)) : Optional.empty();
    int all = network.map(address -> address.getAddress().length * 8).orElse(0);
    int bits = network.isEmpty() || parts.group(2) == null ? all : Integer.parseInt(parts.group(2));
    if (network.isEmpty() || bits > all) {
      throw new IllegalArgumentException("a list of addresses or ranges such as 10.0.0.0/8");
    }
    return new Cidr(network.get(), bits);
  }

  boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (mine[i] != other[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    return rest == 0 || ((mine[whole] ^ other[whole]) & 0xFF) >> (8 - rest) == 0;
  }

  /** An address literal; never asks a name server. IPv4 mapped into IPv6 becomes IPv4. */
  static Optional<InetAddress> literal(String text) {
    String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    if (!bare.contains(":") && !IPV4.matcher(bare).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(bare));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
