package dev.roost.transport;

import dev.roost.core.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLEngine;

/**
 * The first thing on a port that speaks TLS: it waits until the client says something, lets it wait in line for its handshake, and leaves. A client that says nothing takes
 * no place in the line; the time in the line does not count against the client's time limit. Who speaks HTTP without TLS is told so.
 */
final class TlsGate extends ChannelInboundHandlerAdapter implements HandshakeLine.Newcomer {
  private static final byte HANDSHAKE_RECORD = 22;
  /** More than a first flight has; who sends more before we answered is not read for a while. */
  private static final int MAX_HELD_BYTES = 4 * 1024;
  private static final Duration FAREWELL = Duration.ofSeconds(5);
  /** How long a close waits until its alert has left. */
  private static final long ALERT_LIMIT_MS = 1_000;
  private static final String NO_TLS = "Bad Request: this port speaks TLS, use https:// or wss://\n";
  private static final byte[] PLAIN_ANSWER = ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + NO_TLS.length()
      + "\r\nConnection: close\r\n\r\n" + NO_TLS).getBytes(StandardCharsets.US_ASCII);

  private final Arrival arrival;
  private final TlsEdge tls;
  private final HandshakeLine line;
  private ChannelHandlerContext context;
  private Loop.Cancellable timeout = Loop.Cancellable.NONE;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean decided;
  private boolean refused;
  private volatile SSLEngine engine;

  TlsGate(Arrival arrival, TlsEdge tls) {
    this.arrival = arrival;
    this.tls = tls;
    line = tls.line(arrival.loop());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    arrival.shared().enter();
    timeout = arrival.timeLimit();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    timeout.cancel();
    held.release();
    arrival.shared().leave();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (refused) {
      ((ByteBuf) message).release();
      return;
    }
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, (ByteBuf) message);
    if (!decided && held.isReadable()) {
      decided = true;
      decide(ctx);
    }
    if (held.readableBytes() > MAX_HELD_BYTES) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      if (refused) {
        inputEnded(ctx.channel());
      } else {
        ctx.close();
      }
    }
  }

  private void decide(ChannelHandlerContext ctx) {
    timeout.cancel();
    byte first = held.getByte(held.readerIndex());
    if (first != HANDSHAKE_RECORD) {
      refuse(ctx, first >= 'A' && first <= 'Z');
    } else if (!line.join(this)) {
      arrival.refuse(Refusal.CAPACITY);
    }
  }

  private void refuse(ChannelHandlerContext ctx, boolean speaksHttp) {
    refused = true;
    if (!speaksHttp) {
      arrival.refuse(Refusal.TLS);
      return;
    }
    arrival.shared().meter().refusals(Refusal.TLS).increment();
    timeout = arrival.loop().after(FAREWELL, ctx.channel()::close);
    // What it goes on to send is read and thrown away: a close with unread input would take the answer back.
    ctx.writeAndFlush(Unpooled.wrappedBuffer(PLAIN_ANSWER)).addListener(written -> endOutput(ctx.channel()));
  }

  // ---- Its turn

  @Override
  public boolean isGone() {
    return !context.channel().isActive();
  }

  @Override
  public void prepare() {
    engine = tls.pair().context().newEngine(context.alloc());
  }

  @Override
  public void begin() {
    if (isGone() || context.isRemoved()) {
      context.close();
      return;
    }
    if (engine == null) {
      arrival.refuse(Refusal.TLS);
      return;
    }
    TrafficMeter meter = arrival.shared().meter();
    TlsGuard guard = new TlsGuard(line, meter);
    SslHandler handler = new SslHandler(engine, guard);
    guard.guard(handler);
    // The limit of the first request covers the handshake.
    handler.setHandshakeTimeoutMillis(0);
    handler.setCloseNotifyFlushTimeoutMillis(ALERT_LIMIT_MS);
    handler.handshakeFuture().addListener(ended -> {
      // A client that went away failed no more here than it would without TLS.
      if (!ended.isSuccess() && !(ended.cause() instanceof ClosedChannelException)) {
        meter.refusals(Refusal.TLS).increment();
      }
    });
    context.pipeline().addLast(guard).addLast(handler);
    arrival.speakHttp();
    ByteBuf flight = held;
    held = Unpooled.EMPTY_BUFFER;
    context.fireChannelRead(flight);
    context.fireChannelReadComplete();
    context.channel().config().setAutoRead(true);
    context.pipeline().remove(this);
  }

  // ---- What others need to know of TLS

  /**
   * Ends our side of a connection, under TLS with the alert that says so first: without it the peer could not tell an end from an attack. If the peer has ended its side before, this is
   * the end of the connection; otherwise {@link #inputEnded} is. On the loop.
   */
  static void endOutput(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    ChannelFuture told = handler == null ? channel.newSucceededFuture() : handler.closeOutbound();
    told.addListener(sent -> ((DuplexChannel) channel).shutdownOutput().addListener(ended -> {
      if (((DuplexChannel) channel).isInputShutdown()) {
        channel.close();
      }
    }));
  }

  /** The peer has ended its side. If we have ended ours before, this is the end of the connection. On the loop. */
  static void inputEnded(Channel channel) {
    if (((DuplexChannel) channel).isOutputShutdown()) {
      channel.close();
    }
  }

  /** Whether a failure is the network's or the peer's, and so no news: a reset, a handshake that failed, a record that was tampered with. */
  static boolean isFromOutside(Throwable cause) {
    return cause instanceof IOException || cause instanceof DecoderException && cause.getCause() instanceof IOException;
  }
}
