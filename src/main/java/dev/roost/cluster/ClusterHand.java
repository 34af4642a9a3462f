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
    return connection.getPartitions().getPartitions().stream().filter(ClusterHand::hasKeys).map(RedisClusterNode::getUri).toList();
  }

  @Override
  public String serverOf(String key) {
    RedisClusterNode node = connection.getPartitions().getMasterBySlot(SlotHash.getSlot(Wire.bytes(key)));
    return node == null ? "" : node.getNodeId();
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toMasters() {
    return to(connection.getPartitions().getPartitions().stream().filter(ClusterHand::hasKeys).toList());
  }

  @Override
  public CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toAll() {
    return to(connection.getPartitions().getPartitions());
  }

  @Override
  public boolean needsPing() {
    return false;
  }

  @Override
  public void close() {
    connection.closeAsync();
  }

  private static boolean hasKeys(RedisClusterNode node) {
    return node.getRole().isUpstream() && !node.hasNoSlots();
  }

  private CompletableFuture<List<StatefulConnection<byte[], byte[]>>> to(List<RedisClusterNode> nodes) {
    CompletableFuture<List<StatefulConnection<byte[], byte[]>>> all = CompletableFuture.completedFuture(new ArrayList<>());
    for (RedisClusterNode node : List.copyOf(nodes)) {
      all = all.thenCombine(connection.getConnectionAsync(node.getNodeId()), (list, one) -> {
        list.add(one);
        return list;
      });
    }
    return all;
  }
}
