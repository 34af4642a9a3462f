package dev.roost.transport;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of a server have in common. Any thread. */
final class EdgeShared {
  /** A small limit of WebSockets is none of pages: a browser keeps six connections for a minute after it has got one. */
  private static final int PLENTY = 10_000;

  private final TransportOptions options;
  private final ConnectionLimits limits;
  private final TrafficMeter meter;
  private final Optional<PerMessageDeflate> deflate;
  private final Optional<TlsEdge> tls;
  private final HandshakeLimits rates;
  private final AtomicInteger handshaking = new AtomicInteger();
  private volatile boolean draining;

  EdgeShared(TransportOptions options, ConnectionLimits limits, TrafficMeter meter, Optional<TlsEdge> tls) {
    this.options = options;
    this.limits = limits;
    this.meter = meter;
    this.tls = tls;
    rates = new HandshakeLimits(options.rates());
    deflate = PerMessageDeflate.of(options.compressFromBytes(), meter);
  }

  TransportOptions options() {
    return options;
  }

  ConnectionLimits limits() {
    return limits;
  }

  HandshakeLimits rates() {
    return rates;
  }

  Optional<PerMessageDeflate> deflate() {
    return deflate;
  }

  Optional<TlsEdge> tls() {
    return tls;
  }

  /** As many again as there may be WebSockets: a crowd that comes back after a restart is all handshakes at once. */
  boolean isFull() {
    return handshaking.get() >= Math.max(options.maxConnections(), PLENTY);
  }

  /** One more connection that is no WebSocket yet. */
  void enter() {
    handshaking.incrementAndGet();
  }

  void leave() {
    handshaking.decrementAndGet();
  }

  TrafficMeter meter() {
    return meter;
  }

  void drain() {
    draining = true;
  }

  /** Whether the server stops. */
  boolean isDraining() {
    return draining;
  }

  /** Gives back what loops hold outside of the heap; they have little more to do. */
  void release() {
    deflate.ifPresent(PerMessageDeflate::release);
  }
}
