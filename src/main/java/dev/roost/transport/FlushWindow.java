package dev.roost.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Ephemeral frames that wait a few milliseconds for company, on one loop. The first frame after a silence leaves at once, so slow streams pay no latency; one that comes
 * within the delay after a write waits for at most the delay, and all that come meanwhile leave with it. One timer serves all connections.
 */
final class FlushWindow {
  private final NettyLoop loop;
  private final Duration delay;
  private final long delayNanos;
  private final Runnable flush = this::flush;
  private List<WebSocketConnection> waiting = new ArrayList<>();
  private List<WebSocketConnection> spare = new ArrayList<>();

  FlushWindow(NettyLoop loop, Duration delay) {
    this.loop = loop;
    this.delay = delay;
    delayNanos = delay.toNanos();
  }

  /** Whether a connection that was written so long ago should wait with what it has. */
  boolean isOpen(long nanosSinceWrite) {
    return nanosSinceWrite < delayNanos;
  }

  void add(WebSocketConnection connection) {
    waiting.add(connection);
    if (waiting.size() == 1) {
      loop.after(delay, flush);
    }
  }

  private void flush() {
    List<WebSocketConnection> batch = waiting;
    waiting = spare;
    spare = batch;
    loop.flusher().flush(batch, Flusher.Mark.WAITING);
  }
}
