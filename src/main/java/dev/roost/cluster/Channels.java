package dev.roost.cluster;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who hears which channel. Any thread. */
final class Channels {
  private static final Logger log = LoggerFactory.getLogger(Channels.class);

  private final Map<String, List<Redis.ChannelListener>> listeners = new ConcurrentHashMap<>();
  /** Those that every server has for itself, instead of the cluster as a whole. */
  private final Set<String> ofEachServer = ConcurrentHashMap.newKeySet();

  /** Whether it is the first for this channel. */
  boolean add(String channel, Redis.ChannelListener listener, boolean isOfEachServer) {
    if (isOfEachServer) {
      ofEachServer.add(channel);
    }
    boolean[] isFirst = {false};
    listeners.compute(channel, (_, known) -> {
      isFirst[0] = known == null;
      List<Redis.ChannelListener> list = known == null ? new CopyOnWriteArrayList<>() : known;
      list.add(listener);
      return list;
    });
    return isFirst[0];
  }

  /** Whether it was the last for this channel. */
  boolean remove(String channel, Redis.ChannelListener listener) {
    boolean[] wasLast = {false};
    listeners.computeIfPresent(channel, (_, known) -> {
      wasLast[0] = known.remove(listener) && known.isEmpty();
      return known.isEmpty() ? null : known;
    });
    return wasLast[0];
  }

  boolean has(String channel) {
    return listeners.containsKey(channel);
  }

  boolean isOfEachServer(String channel) {
    return ofEachServer.contains(channel);
  }

  Collection<String> all() {
    return List.copyOf(listeners.keySet());
  }

  Collection<String> ofEachServer() {
    return List.copyOf(ofEachServer);
  }

  void heard(String channel, byte[] message) {
    for (Redis.ChannelListener listener : listeners.getOrDefault(channel, List.of())) {
      try {
        listener.heard(channel, message);
      } catch (RuntimeException e) {
        log.error("A message of {} failed", channel, e);
      }
    }
  }
}
