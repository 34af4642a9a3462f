package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Loop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The listening sockets and the event loops of a server. Methods may be called from any thread but a loop's.
 */
public final class Transport {
  /** Unsent bytes in the kernel: beyond it a frame waits with us, where a newer one can still replace it. */
  private static final long KERNEL_UNSENT_BYTES = 128 * 1024;
  private static final int ACCEPT_BACKLOG = 4096;
  private static final long ABRUPT_LIMIT_MS = 200;

  private final IoKind io;
  private final EventLoopGroup group;
  private final Map<EventExecutor, NettyLoop> loopOf = new IdentityHashMap<>();
  private final List<NettyLoop> loops = new ArrayList<>();
  private final AtomicInteger nextLoop = new AtomicInteger();
  private final Optional<TlsEdge> tls;
  private final EdgeShared shared;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final List<Channel> listening = new ArrayList<>();

  static {
    // The sampling that is on by default records a stack trace for every 128th buffer: measurable, and of no use to who runs a server.
    if (System.getProperty("io.netty.leakDetection.level") == null) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
  }

  /** Starts the loops; nothing listens yet. Throws IllegalStateException if the kind of I/O is not to be had here. */
  public Transport(TransportOptions options) {
    io = options.io().resolve();
    int count = options.loops() > 0 ? options.loops() : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    group = new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory("loop"), io.handlers());
    for (EventExecutor executor : group) {
      NettyLoop loop = new NettyLoop((EventLoop) executor, Clock.systemUTC());
      loopOf.put(executor, loop);
      loops.add(loop);
    }
    tls = options.tls().map(files -> new TlsEdge(files, loops));
    shared = new EdgeShared(options, new ConnectionLimits(options.maxConnections(), options.maxConnectionsPerAddress()), new TrafficMeter(), tls);
  }

  /** A loop for a state machine; they take turns. */
  public Loop assignLoop() {
    return loops.get(Math.floorMod(nextLoop.getAndIncrement(), loops.size()));
  }

  /** How many loops there are. */
  public int loopCount() {
    return loops.size();
  }

  /** The I/O that is used. */
  public IoKind io() {
    return io;
  }

  public TrafficMeter meter() {
    return shared.meter();
  }

  /** The certificate, where TLS is spoken. */
  public Optional<TlsFiles> tls() {
    return shared.options().tls();
  }

  /** Connections that wait for their TLS handshake. */
  public int handshakesWaiting() {
    return tls.map(TlsEdge::waiting).orElse(0);
  }

  /** The lag of the slowest loop: how long a message waits behind others before anyone looks at it. */
  public Duration loopLag() {
    return Duration.ofNanos(loops.stream().mapToLong(NettyLoop::lagNanos).max().orElse(0));
  }

  /**
   * Listens.
   *
   * @param port 0 picks a free one
   * @return the port that is bound
   * @throws IOException if the port is in use, or the address is not this machine's
   */
  public int listen(String host, int port, Site site) throws IOException {
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(group)
        .channel(io.serverChannel())
        .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        // Who ends its side still gets what is due; every stage sees to it that such a connection ends.
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(SocketWriter.CHUNK_BYTES / 2, SocketWriter.CHUNK_BYTES))
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channels.add(channel);
            new Arrival(channel, loopOf.get(channel.eventLoop()), site, shared, Optional.empty()).begin();
          }
        });
    if (io == IoKind.EPOLL) {
      bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, KERNEL_UNSENT_BYTES);
    }
    ChannelFuture bound = bootstrap.bind(host, port).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause().toString(), bound.cause());
    }
    synchronized (listening) {
      listening.add(bound.channel());
    }
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  /** Accepts nobody any more; connections that are there go on, new requests on them get 503. */
  public void stopAccepting() {
    shared.drain();
    synchronized (listening) {
      listening.forEach(channel -> channel.close().awaitUninterruptibly());
    }
  }

  /** Closes all connections, those that are still open with 1001, waits for them at most that long, then ends the loops. */
  public void close(Duration limit) {
    stopAccepting();
    for (Channel channel : channels) {
      WebSocketConnection connection = channel.pipeline().get(WebSocketConnection.class);
      if (connection != null) {
        connection.close(CloseReason.GOING_AWAY);
      } else {
        channel.close();
      }
    }
    channels.newCloseFuture().awaitUninterruptibly(limit.toMillis());
    channels.close().awaitUninterruptibly(ABRUPT_LIMIT_MS);
    shared.release();
    group.shutdownGracefully(0, ABRUPT_LIMIT_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly(ABRUPT_LIMIT_MS);
    tls.ifPresent(TlsEdge::close);
  }
}
