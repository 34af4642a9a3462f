package dev.roost.transport;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes together what belongs together: all frames for a connection in one turn of the loop leave in one write at the end of the turn. Most of the cost of
 * a lone send is the kernel's, so this is the lever for fan-out. Ephemeral frames may wait longer, in a {@link FlushWindow}; a reliable frame takes everything that waits along.
 */
final class Flusher {
  private final NettyLoop loop;
  private final Runnable endTurn = this::endTurn;
  private List<WebSocketConnection> dirty = new ArrayList<>();
  private List<WebSocketConnection> spare = new ArrayList<>();
  private boolean inTurn;
  /** One look at the clock a turn: looking for each of 500 receivers would show in the profile. */
  private long turnNanos;

  /** What a connection has to write. */
  enum Mark { CLEAN, WAITING, DIRTY }

  Flusher(NettyLoop loop) {
    this.loop = loop;
  }

  /** The connection has something to write, at the end of this turn or, if it may wait, when its window ends. */
  void mark(WebSocketConnection connection, boolean mayWait) {
    if (connection.mark() == Mark.DIRTY) {
      return;
    }
    if (!inTurn) {
      inTurn = true;
      turnNanos = loop.nanos();
      loop.atEndOfTurn(endTurn);
    }
    if (mayWait && connection.window().isOpen(turnNanos - connection.lastWriteNanos())) {
      if (connection.mark() == Mark.CLEAN) {
        connection.mark(Mark.WAITING);
        connection.window().add(connection);
      }
      return;
    }
    connection.mark(Mark.DIRTY);
    dirty.add(connection);
  }

  private void endTurn() {
    inTurn = false;
    List<WebSocketConnection> batch = dirty;
    dirty = spare;
    spare = batch;
    flush(batch, Mark.DIRTY);
  }

  /** Writes the connections of a list that still have this mark, and empties the list. */
  void flush(List<WebSocketConnection> batch, Mark mark) {
    long now = loop.nanos();
    for (WebSocketConnection connection : batch) {
      // One that waited and was written with a reliable frame in between is clean again.
      if (connection.mark() == mark) {
        connection.mark(Mark.CLEAN);
        flush(connection, now);
      }
    }
    batch.clear();
  }

  /** Out of memory for one must not leave the others of the batch unwritten. */
  private static void flush(WebSocketConnection connection, long now) {
    try {
      connection.flush(now);
    } catch (RuntimeException | OutOfMemoryError e) {
      connection.fail(e);
    }
  }
}
