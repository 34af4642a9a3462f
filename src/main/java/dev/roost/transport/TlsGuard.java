package dev.roost.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;

/**
 * Ends a connection whose client makes TLS work for nothing: stands between the network and the TLS, which answers by itself, whatever waits already. It also does the
 * steps of the first handshake, in line. On the loop, but for the steps.
 *
 * <p>TLS 1.3 lets a client ask for new keys as often as it likes, and each answer must be sent (RFC 8446, section 4.6.3). Who asks on and on and reads no answer would fill our memory.
 */
final class TlsGuard extends ChannelOutboundHandlerAdapter implements Executor {
  /** What the TLS says of its own accord has some 30 bytes; messages come in chunks, and only while there is room. */
  private static final int SMALL_BYTES = 1024;
  /** Of small records that are written while there is no room. */
  private static final int MAX_UNREAD = 256;

  private final HandshakeLine line;
  private final TrafficMeter meter;
  private ChannelHandlerContext context;
  private SslHandler handler;
  private int unread;

  TlsGuard(HandshakeLine line, TrafficMeter meter) {
    this.line = line;
    this.meter = meter;
  }

  /** The TLS that it stands before. */
  void guard(SslHandler tls) {
    handler = tls;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    boolean isSmall = message instanceof ByteBuf record && record.readableBytes() < SMALL_BYTES;
    ctx.write(message, promise);
    if (ctx.channel().isWritable()) {
      unread = 0;
    } else if (isSmall && ++unread == MAX_UNREAD) {
      end();
    }
  }

  /** Does a step of the handshake. A client that asks for another handshake afterwards (TLS 1.2) only wants to see us work. */
  @Override
  public void execute(Runnable step) {
    if (handler.handshakeFuture().isDone()) {
      end();
    } else {
      line.step(step);
    }
  }

  /** From before the TLS, which would wait until it has said so. */
  private void end() {
    meter.protocolFaults.increment();
    context.close();
  }
}
