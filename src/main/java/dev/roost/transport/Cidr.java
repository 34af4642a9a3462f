package dev.roost.transport;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A range of addresses such as {@code 10.0.0.0/8} or {@code ::1}.
 *
 * @param network the first address
 * @param bits how many leading bits count
 */
record Cidr(InetAddress network, int bits) {

  /** @throws IllegalArgumentException if the text is not an address with an optional number of bits */
  static Cidr parse(String text) {
    int slash = text.indexOf('/');
    InetAddress network = literal(slash < 0 ? text : text.substring(0, slash))
        .orElseThrow(() -> new IllegalArgumentException("a list of addresses or ranges such as 10.0.0.0/8"));
    int all = network.getAddress().length * 8;
    int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
    if (bits < 0 || bits > all) {
      throw new IllegalArgumentException("a list of ranges with 0-" + all + " bits");
    }
    return new Cidr(network, bits);
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
    try {
      return Optional.of(InetAddress.ofLiteral(bare));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
