package dev.roost.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes together what belongs together: all frames for a connection in one turn of the loop leave in one write at the end of the turn. 96 % of
 * a lone send is the kernel's, so this is the lever for fan-out.
 *
 * <p>Ephemeral frames may wait a little longer for company, the flush window: the first after a silence leaves at once, so slow streams
 * pay no latency; those that follow within the window after a write leave together when it ends. A reliable frame takes everything that waits along.
 */
final class Flusher {
  private final NettyLoop loop;
  private final Duration window;
  private final long windowNanos;
  private List<WebSocketConnection> dirty = new ArrayList<>();
  private List<WebSocketConnection> spareDirty = new ArrayList<>();
  private List<WebSocketConnection> waiting = new ArrayList<>();
  private List<WebSocketConnection> spareWaiting = new ArrayList<>();
  private final Runnable flushDirty = this::flushDirty;
  private final Runnable flushWaiting = this::flushWaiting;

  /** What a connection has to write, as this class sees it. */
  enum Mark { CLEAN, WAITING, DIRTY }

  Flusher(NettyLoop loop, Duration window) {
    this.loop = loop;
    this.window = window;
    windowNanos = window.toNanos();
  }

  /** The connection has something to write. */
  void mark(WebSocketConnection connection, boolean mayWait) {
    if (connection.mark() == Mark.DIRTY) {
      return;
    }
    if (mayWait && windowNanos > 0 && loop.nanos() - connection.lastWriteNanos() < windowNanos) {
      if (connection.mark() == Mark.CLEAN) {
        await(connection);
      }
      return;
    }
    connection.mark(Mark.DIRTY);
    dirty.add(connection);
    if (dirty.size() == 1) {
      loop.atEndOfTurn(flushDirty);
    }
  }

  private void await(WebSocketConnection connection) {
    connection.mark(Mark.WAITING);
    waiting.add(connection);
    if (waiting.size() == 1) {
      loop.after(window, flushWaiting);
    }
  }

  private void flushDirty() {
    List<WebSocketConnection> batch = dirty;
    dirty = spareDirty;
    spareDirty = batch;
    flush(batch, Mark.DIRTY);
  }

  private void flushWaiting() {
    List<WebSocketConnection> batch = waiting;
    waiting = spareWaiting;
    spareWaiting = batch;
    flush(batch, Mark.WAITING);
  }

  private void flush(List<WebSocketConnection> batch, Mark mark) {
    long now = windowNanos > 0 ? loop.nanos() : 0;
    for (WebSocketConnection connection : batch) {
      // One that waited and was written with a reliable frame in between is clean again.
      if (connection.mark() == mark) {
        connection.mark(Mark.CLEAN);
        connection.flush(now);
      }
    }
    batch.clear();
  }
}
