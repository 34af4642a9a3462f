package dev.roost.transport;

import dev.roost.core.Loop;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP part of a connection's life: one request after the other, answered in order, until one of them becomes a WebSocket and this handler leaves.
 * A client that takes too long to send a request is cut off.
 */
final class HttpEdge extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(HttpEdge.class);
  private static final int MAX_LINE_BYTES = 8 * 1024;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);
  private static final Duration FAREWELL = Duration.ofSeconds(5);
  private static final int MAX_PIPELINED = 16;

  private final EdgeShared shared;
  private final Site site;
  private final NettyLoop loop;
  private final Optional<Proxied> proxied;
  private final ArrayDeque<Turn> turns = new ArrayDeque<>(0);
  private boolean busy;
  private boolean closing;
  private boolean served;
  private boolean inputEnded;
  private Loop.Cancellable timeout;
  /** Of the request that is being answered. */
  private Optional<Abandonment> waiting = Optional.empty();
  /** Ends a connection whose client waits for answers and can ask for nothing more. */
  private Loop.Cancellable lastAnswers = Loop.Cancellable.NONE;

  /** What is to be answered, in the order of the requests. The connection ends with the first that is the last. */
  private record Turn(Supplier<CompletionStage<HttpResponse>> work, boolean isLast, Optional<Abandonment> abandonment) {

    static Turn refusal(HttpResponse response) {
      return new Turn(() -> CompletableFuture.completedStage(response), true, Optional.empty());
    }
  }

  /** A connection that has not sent its first request within the limit is a handshake that failed; one that is idle afterwards is not. */
  private HttpEdge(Arrival arrival) {
    shared = arrival.shared();
    site = arrival.site();
    loop = arrival.loop();
    proxied = arrival.proxied();
    timeout = arrival.timeLimit();
  }

  /** Puts HTTP into a new connection. */
  static void install(Arrival arrival) {
    HttpEdge edge = new HttpEdge(arrival);
    arrival.channel().pipeline()
        .addLast(new HttpServerCodec(new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE_BYTES).setMaxHeaderSize(MAX_HEADER_BYTES)))
        .addLast(new WholeRequests(arrival.shared().options().maxBodyBytes(), () -> edge.turns.isEmpty()))
        .addLast(edge);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    shared.enter();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    timeout.cancel();
    lastAnswers.cancel();
    shared.leave();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof WholeRequests.Oversized oversized) {
      refuse(ctx, Refusal.BAD_REQUEST, site.tooLarge(oversized.path(), shared.options().maxBodyBytes()));
      return;
    }
    FullHttpRequest request = (FullHttpRequest) message;
    try {
      received(ctx, request);
    } finally {
      request.release();
    }
  }

  private void received(ChannelHandlerContext ctx, FullHttpRequest netty) {
    if (netty.decoderResult().isFailure()) {
      refuse(ctx, Refusal.BAD_REQUEST, badRequest(netty.decoderResult().cause()));
      return;
    }
    if (netty.protocolVersion().equals(HttpVersion.HTTP_1_1) && netty.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
      refuse(ctx, Refusal.BAD_REQUEST, HttpResponse.text(400, "Bad Request: there must be one Host header"));
      return;
    }
    Optional<HttpRequest> request = NettyHttp.request(ctx.channel(), proxied, netty, shared.options().proxies());
    if (request.isEmpty()) {
      refuse(ctx, Refusal.BAD_REQUEST, HttpResponse.text(400, "Bad Request: the target is not a valid URI"));
    } else if (UpgradeCheck.isUpgrade(request.get())) {
      upgrade(ctx, netty.protocolVersion(), request.get());
    } else {
      boolean keepAlive = HttpUtil.isKeepAlive(netty) && netty.protocolVersion().equals(HttpVersion.HTTP_1_1);
      take(ctx, new Turn(() -> site.handle(request.get()), !keepAlive, Optional.of(request.get().abandonment())));
    }
  }

  // ---- Plain requests

  /** One request after the other, and none while the client does not read what it was answered: then nothing more is read from it either. */
  private void take(ChannelHandlerContext ctx, Turn turn) {
    boolean tooMany = turns.size() == MAX_PIPELINED;
    turns.add(tooMany ? Turn.refusal(HttpResponse.text(429, "Too many requests at once")) : turn);
    closing = turn.isLast || tooMany;
    next(ctx);
  }

  private void next(ChannelHandlerContext ctx) {
    while (!busy && !turns.isEmpty() && ctx.channel().isWritable()) {
      busy = true;
      run(ctx, turns.poll());
    }
    // The last answer may have closed it, and there is nothing to read any more from who has ended its side.
    if (ctx.channel().isOpen() && !inputEnded) {
      // Behind the last answer all is read and thrown away; a side that is shut is never writable.
      ctx.channel().config().setAutoRead(turns.isEmpty() && !busy && (closing || ctx.channel().isWritable()));
      if (turns.isEmpty() && waiting.filter(Abandonment::isWatched).isPresent()) {
        // Without a look, not every kind of I/O tells that the client has gone. A request that comes instead is the only one: the next would wait in memory, too.
        ctx.read();
      }
    }
  }

  private void run(ChannelHandlerContext ctx, Turn turn) {
    // Only now: a request that waits because its client does not read must not keep the connection for ever.
    timeout.cancel();
    waiting = turn.abandonment;
    turn.work.get().whenComplete((response, failure) -> {
      HttpResponse answer = failure == null ? response : failed(failure);
      if (loop.inLoop()) {
        answered(ctx, turn, answer);
      } else {
        loop.execute(() -> answered(ctx, turn, answer));
      }
    });
  }

  private void answered(ChannelHandlerContext ctx, Turn turn, HttpResponse response) {
    busy = false;
    waiting.ifPresent(Abandonment::forget);
    waiting = Optional.empty();
    if (ctx.channel().isActive()) {
      write(ctx, response, turn.isLast || shared.isDraining() || inputEnded && turns.isEmpty());
      next(ctx);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    next(ctx);
  }

  /** The client has ended its side, as simple ones do behind their last request. It still gets its answers. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != ChannelInputShutdownEvent.INSTANCE) {
      return;
    }
    inputEnded = true;
    waiting.ifPresent(Abandonment::fire);
    if (busy || !turns.isEmpty()) {
      lastAnswers = loop.after(KEEP_ALIVE, ctx.channel()::close);
    } else if (served) {
      // Behind what is not sent yet.
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      timeout.cancel();
      timeout = loop.after(FAREWELL, ctx.channel()::close);
    } else {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    waiting.ifPresent(Abandonment::fire);
    ctx.fireChannelInactive();
  }

  private static HttpResponse failed(Throwable failure) {
    log.error("A request failed", failure);
    return HttpResponse.text(500, "Internal Server Error");
  }

  private void write(ChannelHandlerContext ctx, HttpResponse response, boolean isLast) {
    FullHttpResponse netty = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()),
        Unpooled.wrappedBuffer(response.body()));
    response.headers().forEach(netty.headers()::set);
    if (response.status() >= 200 && response.status() != 204 && response.status() != 304) {
      netty.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    }
    netty.headers().set(HttpHeaderNames.DATE, DateTimeFormatter.RFC_1123_DATE_TIME.format(loop.now().atOffset(ZoneOffset.UTC)));
    connectionOptions(netty, isLast).ifPresent(options -> netty.headers().set(HttpHeaderNames.CONNECTION, options));
    served = true;
    if (isLast) {
      closing = true;
      turns.clear();
      Farewell.say(ctx, netty);
      // A client that does not read, or does not end, must not keep the connection.
      timeout = loop.after(FAREWELL, ctx.channel()::close);
    } else {
      ctx.writeAndFlush(netty, ctx.voidPromise());
      timeout = loop.after(KEEP_ALIVE, ctx.channel()::close);
    }
  }

  /** What an answer says of this connection alone; that it names a protocol to change to, too (RFC 9110, section 7.8). */
  private static Optional<CharSequence> connectionOptions(FullHttpResponse response, boolean isLast) {
    if (!response.headers().contains(HttpHeaderNames.UPGRADE)) {
      return isLast ? Optional.of(HttpHeaderValues.CLOSE) : Optional.empty();
    }
    return Optional.of(isLast ? HttpHeaderValues.UPGRADE + ", " + HttpHeaderValues.CLOSE : HttpHeaderValues.UPGRADE);
  }

  private void refuse(ChannelHandlerContext ctx, Refusal reason, HttpResponse response) {
    shared.meter().refusals(reason).increment();
    take(ctx, Turn.refusal(response));
  }

  private static HttpResponse badRequest(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException e -> HttpResponse.text(414, "URI Too Long");
      case TooLongHttpHeaderException e -> HttpResponse.text(431, "Request Header Fields Too Large");
      default -> HttpResponse.text(400, "Bad Request");
    };
  }

  // ---- The upgrade

  private void upgrade(ChannelHandlerContext ctx, HttpVersion version, HttpRequest request) {
    boolean pipelined = busy || !turns.isEmpty();
    Optional<Handshake.Refuse> fault = pipelined ? Optional.of(UpgradeCheck.bad("An upgrade must not be pipelined")) : UpgradeCheck.fault(version, request);
    if (fault.isEmpty()) {
      fault = refusedHere(request);
    }
    if (fault.isPresent()) {
      refuse(ctx, fault.get().reason(), fault.get().response());
      return;
    }
    Optional<Refusal> excess = shared.rates().asked(request.client().address(), loop.nanos());
    if (excess.isPresent() && refusesExcess(ctx, excess.get())) {
      return;
    }
    switch (site.upgrade(new Upgrade(request, UpgradeCheck.subprotocols(request)))) {
      case Handshake.Refuse refused -> refuse(ctx, refused.reason(), refused.response());
      case Handshake.Accept accepted -> admit(ctx, request, accepted, excess.isPresent());
      case Handshake.CloseAtOnce declined -> {
        shared.meter().refusals(Refusal.UNAUTHORIZED).increment();
        // It takes no place from those that are let in, but that of a request that goes on until the close.
        shared.enter();
        become(ctx, request, TurnedAway.handshake(declined), false, closed -> shared.leave());
      }
    }
  }

  private void admit(ChannelHandlerContext ctx, HttpRequest request, Handshake.Accept accepted, boolean isExcess) {
    Optional<Refusal> full = shared.limits().acquire(request.client().address());
    if (full.isPresent()) {
      refuse(ctx, full.get(), HttpResponse.text(503, full.get() == Refusal.CAPACITY
          ? "Too many connections" : "Too many connections from your address").with("Retry-After", "5"));
      return;
    }
    // One that a dry run has counted already would have come no further.
    Optional<Refusal> excess = isExcess ? Optional.empty() : shared.rates().letIn(loop.nanos());
    if (excess.isPresent() && refusesExcess(ctx, excess.get())) {
      shared.limits().release(request.client().address());
    } else {
      become(ctx, request, accepted, true, shared.limits().leaving(request.client().address()));
    }
  }

  private Optional<Handshake.Refuse> refusedHere(HttpRequest request) {
    if (shared.isDraining()) {
      return Optional.of(new Handshake.Refuse(Refusal.CAPACITY, HttpResponse.text(503, "The server is stopping").with("Retry-After", "5")));
    }
    if (!shared.options().origins().allow(request.header("origin"))) {
      return Optional.of(new Handshake.Refuse(Refusal.ORIGIN, HttpResponse.text(403, "This origin may not connect")));
    }
    return Optional.empty();
  }

  /** Counts one request too many and refuses it; false if it is only to be counted. */
  private boolean refusesExcess(ChannelHandlerContext ctx, Refusal excess) {
    if (excess == Refusal.RATE_DRY_RUN) {
      shared.meter().refusals(excess).increment();
      return false;
    }
    refuse(ctx, excess, HttpResponse.text(429, "Too many connections in a short time").with("Retry-After", "1"));
    return true;
  }

  /**
   * The channel stops being HTTP. What the client sent behind its request reaches the new handler when the codec leaves.
   *
   * @param leaving gives its place back; of a connection that counts it holds nothing of this handler or the request, which would stay in memory as long
   */
  private void become(ChannelHandlerContext ctx, HttpRequest request, Handshake.Accept accepted, boolean counts, ChannelFutureListener leaving) {
    Channel channel = ctx.channel();
    channel.closeFuture().addListener(leaving);
    Optional<PerMessageDeflate.Agreement> agreed = shared.deflate().flatMap(deflate -> deflate.agree(request, loop));
    WebSocketConnection connection = new WebSocketConnection(channel, loop, accepted, agreed, shared.meter(), counts);
    FullHttpResponse switching = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    switching.headers()
        .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
        .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, UpgradeCheck.acceptKey(request));
    accepted.subprotocol().ifPresent(chosen -> switching.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, chosen));
    agreed.ifPresent(deflate -> switching.headers().set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, deflate.answer()));
    ctx.write(switching, ctx.voidPromise());
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(connection);
    pipeline.remove(this);
    pipeline.remove(WholeRequests.class);
    // Before the client can know: what it asks for next on another connection finds this one known.
    connection.open();
    channel.flush();
    pipeline.remove(HttpServerCodec.class);
    // Nothing may have been read while a long answer before it was not sent.
    channel.config().setAutoRead(true);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean wentAway = TlsGate.isFromOutside(cause) || cause instanceof PrematureChannelClosureException;
    if (!wentAway) {
      // Not the address: a protocol may have promised to keep it to itself.
      log.warn("A request on connection {} failed", ctx.channel().id(), cause);
    }
    ctx.close();
  }
}
