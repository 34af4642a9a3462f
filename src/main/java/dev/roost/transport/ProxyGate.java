package dev.roost.transport;

import dev.roost.core.Loop;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, with which a proxy says whose connection this is, and leaves. Where it is spoken, every connection begins with one:
 * otherwise anybody who found a way past the proxy could choose whether to have an address. The header of a proxy that is not trusted is not even read.
 */
final class ProxyGate extends ChannelInboundHandlerAdapter {
  /** What a proxy may add about its client's TLS and so on; it is thrown away. */
  private static final int MAX_EXTRA_BYTES = 4 * 1024;

  private final Arrival arrival;
  private final InetAddress proxy;
  private Loop.Cancellable timeout = Loop.Cancellable.NONE;
  private boolean decided;

  private ProxyGate(Arrival arrival, InetAddress proxy) {
    this.arrival = arrival;
    this.proxy = proxy;
  }

  /** Puts it into a new connection, or closes that. */
  static void install(Arrival arrival) {
    Optional<InetAddress> peer = NettyHttp.peer(arrival.channel());
    if (peer.isEmpty() || !arrival.shared().options().proxies().trust(peer.get())) {
      arrival.refuse(Refusal.PROXY);
    } else {
      arrival.channel().pipeline().addLast(new HAProxyMessageDecoder(MAX_EXTRA_BYTES)).addLast(new ProxyGate(arrival, peer.get()));
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    arrival.shared().enter();
    timeout = arrival.timeLimit();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    timeout.cancel();
    arrival.shared().leave();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (decided || !(message instanceof HAProxyMessage header)) {
      // What came behind a header that was refused.
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      Optional<Proxied> client = client(header);
      if (client.isEmpty()) {
        refuse();
      } else {
        // The next stage first: the decoder hands on what came behind the header when it leaves, after this.
        arrival.of(client.get()).secure();
        ctx.pipeline().remove(this);
      }
    } finally {
      header.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      // No header will come any more.
      ctx.close();
    }
  }

  /** Whose connection it is; the proxy's own if it says so (to see whether we live), or if it does not know; empty if the address is none. */
  private Optional<Proxied> client(HAProxyMessage header) {
    AddressFamily family = header.proxiedProtocol().addressFamily();
    boolean hasAddress = header.command() == HAProxyCommand.PROXY && (family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6);
    return hasAddress ? Cidr.literal(header.sourceAddress()).map(address -> new Proxied(address, true)) : Optional.of(new Proxied(proxy, false));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (TlsGate.isFromOutside(cause)) {
      // The network's failure, before a header.
      ctx.close();
    } else {
      refuse();
    }
  }

  private void refuse() {
    if (!decided) {
      decided = true;
      timeout.cancel();
      arrival.refuse(Refusal.PROXY);
    }
  }
}
