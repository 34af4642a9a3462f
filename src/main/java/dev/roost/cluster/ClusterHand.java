package dev.roost.cluster;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Connections to the servers of a cluster; which they are, the library finds out again and again. */
record ClusterHand(StatefulRedisClusterConnection<byte[], byte[]> connection) implements Hand {

  @Override
  public List<RedisURI> masters() {
    return nodes().stream().filter(ClusterHand::hasKeys).map(RedisClusterNode::getUri).toList();
  }

  @Override
  public String serverOf(String key) {
    RedisClusterNode node = connection.getPartitions().getMasterBySlot(SlotHash.getSlot(Wire.bytes(key)));
    return node == null ? "" : node.getNodeId();
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toMasters() {
    return to(nodes().stream().filter(ClusterHand::hasKeys).toList());
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toAll() {
    return to(nodes());
  }

  @Override
  public boolean isWatched() {
    return true;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    connection.closeAsync();
  }

  /** By way of an array, which the library makes of a list that it does not change meanwhile. */
  private List<RedisClusterNode> nodes() {
    return List.copyOf(connection.getPartitions());
  }

  private static boolean hasKeys(RedisClusterNode node) {
    return node.getRole().isUpstream() && !node.hasNoSlots();
  }

  private CompletableFuture<List<StatefulConnection<byte[], byte[]>>> to(List<RedisClusterNode> nodes) {
    CompletableFuture<List<StatefulConnection<byte[], byte[]>>> all = CompletableFuture.completedFuture(new ArrayList<>());
    for (RedisClusterNode node : nodes) {
      // By its address, because that is how the library finds the connection for a key.
      all = all.thenCombine(connection.getConnectionAsync(node.getUri().getHost(), node.getUri().getPort()), (list, one) -> {
        list.add(one);
        return list;
      });
    }
    return all;
  }
}
