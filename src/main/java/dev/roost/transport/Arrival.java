package dev.roost.transport;

import dev.roost.core.Loop;
import io.netty.channel.Channel;

/**
 * A connection that has just come, on its way to its first request: TLS, then HTTP. Each stage is a handler that leaves when it is done, so that
 * nothing of it stays.
 */
record Arrival(Channel channel, NettyLoop loop, Site site, HttpEdge.Shared shared) {

  /** The first stage. */
  void begin() {
    if (shared.isFull()) {
      refuse(Refusal.CAPACITY);
      return;
    }
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

  private void refuse(Refusal reason) {
    shared.meter().refusals(reason).increment();
    channel.close();
  }
}
