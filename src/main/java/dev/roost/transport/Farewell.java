package dev.roost.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;

/**
 * The end of HTTP on a connection: the last answer is sent, our side is shut, and until the client ends its own, what it goes on to send is read and thrown away, before it is taken
 * for a request. A close with unread input would take the answer back (a reset), as for a body that is too long. Whoever says it sets a limit.
 */
final class Farewell extends ChannelInboundHandlerAdapter {
  private Farewell() {}

  /** On the loop, from the handler behind the codec. */
  static void say(ChannelHandlerContext ctx, FullHttpResponse last) {
    Channel channel = ctx.channel();
    ChannelPipeline pipeline = ctx.pipeline();
    pipeline.addBefore(pipeline.context(HttpServerCodec.class).name(), null, new Farewell());
    ctx.writeAndFlush(last).addListener(written -> {
      if (written.isSuccess()) {
        TlsGate.endOutput(channel);
      } else {
        channel.close();
      }
    });
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      TlsGate.inputEnded(ctx.channel());
    }
  }
}
