package dev.roost.transport;

import dev.roost.core.Loop;
import io.netty.channel.Channel;
import java.util.Optional;

/**
 * A connection that has just come, on its way to its first request: the header of a proxy, TLS, then HTTP, as the settings have it. Each stage is a handler that leaves when it
 * is done, so that nothing of it stays.
 *
 * @param channel the connection
 * @param loop where it lives
 * @param site what is served at its port
 * @param shared what all connections of the server have in common
 * @param proxied whose connection it is by the word of the proxy that it came through; empty where no PROXY protocol is spoken
 */
record Arrival(Channel channel, NettyLoop loop, Site site, EdgeShared shared, Optional<Proxied> proxied) {

  /** The first stage. */
  void begin() {
    if (shared.isFull()) {
      refuse(Refusal.CAPACITY);
    } else if (shared.options().proxyProtocol()) {
      ProxyGate.install(this);
    } else {
      secure();
    }
  }

  /** The same, as the connection of a client behind a proxy. */
  Arrival of(Proxied client) {
    return new Arrival(channel, loop, site, shared, Optional.of(client));
  }

  /** The second stage, where TLS is spoken. */
  void secure() {
    shared.tls().ifPresentOrElse(tls -> channel.pipeline().addLast(new TlsGate(this, tls)), this::speakHttp);
  }

  /** The last stage. */
  void speakHttp() {
    HttpEdge.install(this);
  }

  /** Closes the connection if the client does not do its part in time. */
  Loop.Cancellable timeLimit() {
    return loop.after(shared.options().handshakeTimeout(), () -> refuse(Refusal.TIMEOUT));
  }

  /** Closes the connection without a word. */
  void refuse(Refusal reason) {
    shared.meter().refusals(reason).increment();
    channel.close();
  }
}
