package dev.roost.cluster;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What sends commands: a connection to one server, or connections to all of a cluster. Any thread. */
interface Hand {

  /** Where commands go; in a cluster it finds the server by the first key. */
  StatefulConnection<byte[], byte[]> connection();

  /** The servers that keys are on: each is to be heard, because each tells only of its own keys. */
  List<RedisURI> masters();

  /** A name for the server that the key is on at present. */
  String serverOf(String key);

  /** Connections to the servers that keys are on. */
  CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toMasters();

  /** Connections to all servers, also those that only repeat others. */
  CompletableFuture<List<StatefulConnection<byte[], byte[]>>> toAll();

  /** Whether the library watches over its connections and makes lost ones anew; else somebody else has to. */
  boolean isWatched();

  /** False when nothing can be sent any more. */
  boolean isOpen();

  void close();
}
