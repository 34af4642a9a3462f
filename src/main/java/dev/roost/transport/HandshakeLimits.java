package dev.roost.transport;

import dev.roost.core.RateLimits;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Holds the rates of upgrade requests. Any thread.
 *
 * <p>Why at the request, and not where TCP is accepted: only here the client's address is known, which a proxy in front names in a header, and only here the client can be told to
 * come back later. Accepting costs little; what TLS costs is bounded by the {@link HandshakeLine}.
 *
 * <p>An address pays for every request that is valid and of an allowed origin, whatever becomes of it: guessing tokens or paths is what an attacker does. Everybody's rate pays only for those that
 * are let in, so that requests that are refused for another reason, or because their address is beyond its own rate, take nothing from those that are right.
 */
final class HandshakeLimits {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int BURST = 2;
  /** Some 10 MB; beyond it those that were not seen for the longest time are forgotten. */
  private static final int MAX_ADDRESSES = 100_000;
  /** Of an IPv6 address: whoever has one has the whole network of this size. */
  private static final int NETWORK_BYTES = 8;

  private final Optional<RateLimits> all;
  private final Optional<RateLimits> byAddress;
  private final boolean dryRun;

  HandshakeLimits(HandshakeRates rates) {
    all = limits(rates.perSecond(), 1);
    byAddress = limits(rates.perAddress(), MAX_ADDRESSES);
    dryRun = rates.dryRun();
  }

  /** Counts a request of an address at this time of {@link dev.roost.core.Loop#nanos()}; the answer is how it is to be counted if it is one too many. */
  Optional<Refusal> asked(String address, long nanos) {
    return excess(byAddress.map(limits -> limits.admit(key(address), nanos)).orElse(true));
  }

  /** Counts one that is let in; only if {@link #asked} had nothing against it. */
  Optional<Refusal> letIn(long nanos) {
    return excess(all.map(limits -> limits.admit("", nanos)).orElse(true));
  }

  private Optional<Refusal> excess(boolean admitted) {
    return admitted ? Optional.empty() : Optional.of(dryRun ? Refusal.RATE_DRY_RUN : Refusal.RATE);
  }

  /** What counts as one address: an address of IPv4, a network of IPv6. */
  static String key(String address) {
    if (!address.contains(":")) {
      return address;
    }
    byte[] bytes = Cidr.literal(address).map(InetAddress::getAddress).orElse(new byte[0]);
    return bytes.length > NETWORK_BYTES ? HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) : address;
  }

  private static Optional<RateLimits> limits(int perSecond, int keys) {
    return perSecond == 0 ? Optional.empty() : Optional.of(new RateLimits(perSecond, SECOND, BURST * perSecond, keys));
  }
}
