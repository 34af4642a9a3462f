package dev.roost.cluster;

import java.util.ArrayList;
import java.util.List;

/** A cluster of three servers on this machine, each with a third of the slots. */
public final class RedisClusterServers implements AutoCloseable {
  private static final int SERVERS = 3;
  private static final int SLOTS = 16_384;

  private final List<RedisServer> servers = new ArrayList<>();

  private RedisClusterServers() {}

  public static RedisClusterServers start() {
    RedisClusterServers cluster = new RedisClusterServers();
    List<Integer> busPorts = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      busPorts.add(RedisServer.freePort());
      cluster.servers.add(RedisServer.start("--cluster-enabled", "yes", "--cluster-port", busPorts.get(i).toString(), "--cluster-node-timeout", "3000"));
    }
    for (int i = 0; i < SERVERS; i++) {
      RedisServer server = cluster.servers.get(i);
      server.cli("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
      server.cli("CLUSTER", "ADDSLOTSRANGE", Integer.toString(SLOTS * i / SERVERS), Integer.toString(SLOTS * (i + 1) / SERVERS - 1));
      server.cli("CLUSTER", "MEET", "127.0.0.1", Integer.toString(cluster.servers.getFirst().port()), busPorts.getFirst().toString());
    }
    for (RedisServer server : cluster.servers) {
      RedisServer.await("a whole cluster", () -> server.cli("CLUSTER", "INFO").containsAll(List.of("cluster_state:ok", "cluster_known_nodes:" + SERVERS)));
    }
    return cluster;
  }

  public String url() {
    return "redis-cluster://" + String.join(",", servers.stream().map(server -> "127.0.0.1:" + server.port()).toList());
  }

  public List<RedisServer> servers() {
    return List.copyOf(servers);
  }

  public void forgetEverything() {
    servers.forEach(server -> server.cli("FLUSHALL"));
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
  }
}
