package dev.roost.cluster;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A connection to one server, also to the one that sentinels named. */
record ServerHand(StatefulConnection<byte[], byte[]> connection, RedisURI uri) implements Hand {

  @Override
  public List<RedisURI> masters() {
    return List.of(uri);
  }

  @Override
  public String serverOf(String key) {
    return "";
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toMasters() {
    return CompletableFuture.completedFuture(List.of(connection));
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toAll() {
    return toMasters();
  }

  @Override
  public boolean isWatched() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return connection.isOpen();
  }

  @Override
  public void close() {
    connection.closeAsync();
  }
}
