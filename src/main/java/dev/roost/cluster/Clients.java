package dev.roost.cluster;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** The library's clients with the options that keep our promises: nothing waits for a lost connection, nothing waits longer than a second, no queue is without bound. */
final class Clients {
  static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(1);
  /** Commands of one connection that wait for their answer; those whose time is over count until the answer comes or the connection ends. */
  static final int MOST_WAITING = 20_000;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofSeconds(3);
  private static final Duration TOPOLOGY_PERIOD = Duration.ofSeconds(5);
  private static final int IO_THREADS = 2;
  private static final String IO_URING = "io.lettuce.core.iouring";

  static {
    // Where it finds epoll and io_uring, the library takes epoll and warns at each connection that it had the choice.
    if (System.getProperty(IO_URING) == null) {
      System.setProperty(IO_URING, "false");
    }
  }

  private final RedisTarget target;
  private final ClientResources resources;
  private final RedisClient single;
  private final Optional<RedisClusterClient> cluster;

  Clients(RedisTarget target) {
    this.target = target;
    resources = ClientResources.builder().ioThreadPoolSize(IO_THREADS).computationThreadPoolSize(2)
        .reconnectDelay(() -> Delay.fullJitter(Duration.ofMillis(50), Duration.ofSeconds(2), 50, TimeUnit.MILLISECONDS)).build();
    single = RedisClient.create(resources);
    single.setOptions(options(ClientOptions.builder()).autoReconnect(false).build());
    cluster = target.url().kind() == RedisUrl.Kind.CLUSTER ? Optional.of(clusterClient()) : Optional.empty();
  }

  CompletionStage<Hand> connect() {
    if (cluster.isPresent()) {
      // The library asks for the servers of the cluster by itself only where it may block.
      return cluster.get().refreshPartitionsAsync().thenCompose(_ -> cluster.get().connectAsync(ByteArrayCodec.INSTANCE)).thenCompose(connection -> {
        Hand hand = new ClusterHand(connection);
        // A connection to one of the servers that is still being opened refuses commands.
        return hand.toMasters().handle((_, _) -> hand);
      });
    }
    RedisURI uri = uris().getFirst();
    return single.connectAsync(ByteArrayCodec.INSTANCE, uri).thenCompose(connection -> Role.isReplica(connection).handle((isReplica, failure) -> {
      if (failure == null && !isReplica) {
        return new ServerHand(connection, uri);
      }
      connection.closeAsync();
      throw failure == null ? RedisFailure.unreachable("it is a replica") : Wire.failure(Role.QUESTION, failure);
    }));
  }

  CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connectToHear(RedisURI uri) {
    return single.connectPubSubAsync(ByteArrayCodec.INSTANCE, uri);
  }

  /** Blocks for some time at most. */
  void close(Duration most) {
    cluster.ifPresent(client -> client.shutdown(0, most.toMillis(), TimeUnit.MILLISECONDS));
    single.shutdown(0, most.toMillis(), TimeUnit.MILLISECONDS);
    resources.shutdown(0, most.toMillis(), TimeUnit.MILLISECONDS);
  }

  private RedisClusterClient clusterClient() {
    RedisClusterClient client = RedisClusterClient.create(resources, uris());
    ClusterTopologyRefreshOptions refresh = ClusterTopologyRefreshOptions.builder().enablePeriodicRefresh(TOPOLOGY_PERIOD).adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1)).build();
    ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
    options(builder);
    client.setOptions(builder.topologyRefreshOptions(refresh).validateClusterNodeMembership(false).build());
    return client;
  }

  private ClientOptions.Builder options(ClientOptions.Builder builder) {
    SocketOptions socket = SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT)
        .keepAlive(SocketOptions.KeepAliveOptions.builder().enable().idle(SILENCE).interval(Duration.ofSeconds(1)).count(3).build())
        .tcpUserTimeout(SocketOptions.TcpUserTimeoutOptions.builder().enable().tcpUserTimeout(SILENCE).build()).build();
    builder.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS).requestQueueSize(MOST_WAITING).timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT)).socketOptions(socket)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled());
    target.authority().map(Path::toFile).ifPresent(file -> builder.sslOptions(SslOptions.builder().jdkSslProvider().trustManager(file).build()));
    return builder;
  }

  /** One, or those of the cluster that are asked for the others. */
  private List<RedisURI> uris() {
    RedisUrl url = target.url();
    if (url.kind() == RedisUrl.Kind.SENTINEL) {
      RedisURI.Builder builder = RedisURI.builder().withSentinelMasterId(url.master());
      url.hosts().forEach(host -> builder.withSentinel(host.name(), host.port()));
      RedisURI uri = access(builder, url);
      // The builder gives TLS to the master only; where that has it, the sentinels have it too.
      uri.getSentinels().forEach(sentinel -> sentinel.setSsl(url.isTls()));
      return List.of(uri);
    }
    return url.hosts().stream().map(host -> access(RedisURI.builder().withHost(host.name()).withPort(host.port()), url)).toList();
  }

  private static RedisURI access(RedisURI.Builder builder, RedisUrl url) {
    builder.withDatabase(url.database().orElse(0)).withSsl(url.isTls()).withTimeout(COMMAND_TIMEOUT);
    if (url.user().isPresent()) {
      builder.withAuthentication(url.user().get(), url.password().orElse(""));
    } else {
      url.password().ifPresent(builder::withPassword);
    }
    return builder.build();
  }
}
