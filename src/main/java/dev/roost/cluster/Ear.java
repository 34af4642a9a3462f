package dev.roost.cluster;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A connection that hears channels of one server, and ends when it cannot be trusted any more: a new one then takes its place. Only {@link #isOpen} belongs to any thread. */
final class Ear {
  /** In one command, so that neither it nor its answers become huge. */
  private static final int MOST_AT_ONCE = 500;

  private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
  private final Pulse pulse;

  Ear(StatefulRedisPubSubConnection<byte[], byte[]> connection, Channels channels, Runnable lost) {
    this.connection = connection;
    pulse = new Pulse(connection);
    connection.addListener(new RedisPubSubAdapter<byte[], byte[]>() {
      @Override
      public void message(byte[] channel, byte[] message) {
        channels.heard(Wire.text(channel), message);
      }
    });
    connection.addListener(new RedisConnectionStateListener() {
      @Override
      public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
        lost.run();
      }
    });
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /** Completes when all of them are heard. */
  CompletionStage<Void> hear(Collection<String> names) {
    List<CompletableFuture<?>> parts = new ArrayList<>();
    for (byte[][] part : parts(names)) {
      parts.add(connection.async().subscribe(part).toCompletableFuture());
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  /** Completes when none of them is heard any more. */
  CompletionStage<Void> forget(Collection<String> names) {
    return CompletableFuture.allOf(parts(names).stream().map(part -> connection.async().unsubscribe(part).toCompletableFuture()).toArray(CompletableFuture[]::new));
  }

  /** Asks whether the server is there; false if it has been silent for too long. */
  boolean isAlive() {
    return pulse.isAlive();
  }

  void close() {
    connection.closeAsync();
  }

  private static List<byte[][]> parts(Collection<String> names) {
    List<byte[]> all = names.stream().map(Wire::bytes).toList();
    List<byte[][]> parts = new ArrayList<>();
    for (int i = 0; i < all.size(); i += MOST_AT_ONCE) {
      parts.add(all.subList(i, Math.min(all.size(), i + MOST_AT_ONCE)).toArray(byte[][]::new));
    }
    return parts;
  }
}
