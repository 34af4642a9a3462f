package dev.roost.transport;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** The connections of one loop whose clients do not take what waits for them, looked at once a second for those that are stuck. */
final class Backlog {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final NettyLoop loop;
  private final Set<WebSocketConnection> slow = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean looking;

  Backlog(NettyLoop loop) {
    this.loop = loop;
  }

  void add(WebSocketConnection connection) {
    slow.add(connection);
    if (!looking) {
      looking = true;
      loop.after(LOOK, this::look);
    }
  }

  void remove(WebSocketConnection connection) {
    slow.remove(connection);
  }

  private void look() {
    long now = loop.nanos();
    for (WebSocketConnection connection : slow.toArray(WebSocketConnection[]::new)) {
      connection.endIfStuck(now);
    }
    looking = !slow.isEmpty();
    if (looking) {
      loop.after(LOOK, this::look);
    }
  }
}
