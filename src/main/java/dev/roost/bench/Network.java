package dev.roost.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** The sockets: event loops, TLS, addresses. Any thread. */
final class Network implements AutoCloseable {
  /** Connections that share one local address; the range of local ports is about 28,000 on Linux. */
  static final int PORTS_OF_ADDRESS = 20_000;
  private static final int LOOPBACK_ADDRESSES = 250;
  /** What one read takes at most: many small frames. */
  private static final int CHUNK = 1 << 16;
  private static final WriteBufferWaterMark WRITE_BUFFER = new WriteBufferWaterMark(1 << 17, 1 << 18);

  private final MultiThreadIoEventLoopGroup group;
  private final Plan plan;
  private final Map<String, InetAddress> resolved = new HashMap<>();
  private final SslContext tls;

  Network(Plan plan) {
    this.plan = plan;
    tls = tls(plan);
    for (Plan.Side side : List.of(plan.receivers(), plan.senders())) {
      resolved.computeIfAbsent(side.target().address(), Network::resolve);
    }
    group = new MultiThreadIoEventLoopGroup(plan.threads(), new DefaultThreadFactory("bench", true),
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /** One after the other, each once. */
  List<EventLoop> loops() {
    List<EventLoop> loops = new ArrayList<>();
    for (int i = 0; i < plan.threads(); i++) {
      loops.add(group.next());
    }
    return loops;
  }

  boolean isLoopback(Target target) {
    return resolved.get(target.address()).isLoopbackAddress();
  }

  /**
   * Connects; the client is told how that went.
   *
   * @param number of the connection, for choosing a local address where one is not enough
   */
  void connect(EventLoop loop, Target target, int number, Client client) {
    InetAddress address = resolved.get(target.address());
    Bootstrap bootstrap = new Bootstrap().group(loop)
        .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(CHUNK))
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_BUFFER)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(Math.min(plan.openLimit().toMillis(), Integer.MAX_VALUE)))
        .handler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            if (target.tls()) {
              channel.pipeline().addLast(tls.newHandler(channel.alloc(), target.address(), target.port()));
            }
            channel.pipeline().addLast(client);
          }
        });
    InetSocketAddress local = number >= PORTS_OF_ADDRESS && address.isLoopbackAddress() && address.getAddress().length == 4
        ? new InetSocketAddress(loopback(1 + number / PORTS_OF_ADDRESS), 0) : null;
    bootstrap.connect(new InetSocketAddress(address, target.port()), local).addListener(future -> {
      if (!future.isSuccess()) {
        client.notConnected(future.cause());
      }
    });
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }

  private static InetAddress loopback(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) Math.min(last, LOOPBACK_ADDRESSES)});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new BenchException("the host " + host + " is not known");
    }
  }

  private static SslContext tls(Plan plan) {
    if (!plan.receivers().target().tls() && !plan.senders().target().tls()) {
      return null;
    }
    try {
      SslContextBuilder builder = SslContextBuilder.forClient();
      return plan.insecure() ? builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm(null).build() : builder.build();
    } catch (SSLException e) {
      throw new BenchException("TLS does not work here: " + e.getMessage());
    }
  }
}
