package dev.roost.ptt;

import java.util.Map;
import java.util.function.Consumer;

/**
 * The way to the same users and groups on other servers. Called on the loop of the switchboard, never blocks; what comes from others arrives on that loop. What one server sends to one user or group arrives in its order, at most once; what
 * is sent while the others cannot be reached is lost.
 */
interface Backbone {

  /** Whether there are other servers; while there are none, nothing has to be sent. */
  boolean hasPeers();

  /** This server has connections of the user from now on. */
  void arrived(String userId);

  /** It has none any more. */
  void departed(String userId);

  /** This server has connected members of the group from now on. */
  void joined(String groupId);

  /** It has none any more. */
  void left(String groupId);

  /** Whether the user is connected to another server; false if that cannot be found out within a second. */
  void find(String userId, Consumer<Boolean> found);

  /** To all other servers that may care. */
  void send(PeerMessage message);

  /** What is counted, by name. */
  default Map<String, Number> figures() {
    return Map.of();
  }

  /** Takes leave of the others. */
  default void close() {}

  /** Who hears what other servers send. */
  interface Listener {
    void received(PeerMessage message);

    /** Messages may have been lost: what is known of groups may be old. */
    void resumed();
  }

  /** For a server on its own. */
  Backbone NONE = new Backbone() {
    @Override
    public boolean hasPeers() {
      return false;
    }

    @Override
    public void arrived(String userId) {}

    @Override
    public void departed(String userId) {}

    @Override
    public void joined(String groupId) {}

    @Override
    public void left(String groupId) {}

    @Override
    public void find(String userId, Consumer<Boolean> found) {
      found.accept(false);
    }

    @Override
    public void send(PeerMessage message) {}
  };
}
