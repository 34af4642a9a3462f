package dev.roost.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import java.util.function.BooleanSupplier;

/** Collects a request's body within the bound; a longer one is refused in its turn. */
final class WholeRequests extends HttpObjectAggregator {
  private final BooleanSupplier mayReadOn;

  /** In place of a request whose body was too long. */
  record Oversized(String path) {}

  /** @param mayReadOn whether the rest of a request may be read while another one is worked on */
  WholeRequests(int maxBodyBytes, BooleanSupplier mayReadOn) {
    super(maxBodyBytes, true);
    this.mayReadOn = mayReadOn;
  }

  /** The library reads on until a request is whole, and in the same read the next one may have begun, and so on. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (mayReadOn.getAsBoolean()) {
      super.channelReadComplete(ctx);
    } else {
      ctx.fireChannelReadComplete();
    }
  }

  /** Who asks first whether a body may come that is too long (Expect: 100-continue) gets the same answer as who just sends it. */
  @Override
  protected Object newContinueResponse(HttpMessage start, int maxContentLength, ChannelPipeline pipeline) {
    return isContentLengthInvalid(start, maxContentLength) ? null : super.newContinueResponse(start, maxContentLength, pipeline);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
    String uri = ((io.netty.handler.codec.http.HttpRequest) oversized).uri();
    ctx.fireChannelRead(new Oversized(uri.substring(0, (uri + "?").indexOf('?'))));
  }
}
