package dev.roost.socketio;

import dev.roost.core.Connection;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Hands what a client sends to its session, so many packets at a time: thousands of them fit into one request of polling, and everybody else on the loop waits for as long as they take. What
 * is beyond a portion waits its turn, in order. On the loop of the server.
 */
final class InPortions implements EngineListener {
  private static final int PORTION = 100;
  /** Packets that come within it count as one portion. */
  private static final long MOMENT = Duration.ofMillis(5).toNanos();

  private final Loop loop;
  private final ClientSession session;
  /** More bytes do not wait: then others do. */
  private final int maxBytes;
  private long since;
  private int count;
  /** Null while nothing waits. */
  private Queue<Runnable> waiting;
  private long bytes;

  InPortions(Loop loop, ClientSession session, int maxBytes) {
    this.loop = loop;
    this.session = session;
    this.maxBytes = maxBytes;
    since = loop.nanos();
  }

  @Override
  public void text(byte[] text, int from) {
    if (isWithinPortion()) {
      session.text(text, from);
    } else {
      later(text.length, () -> session.text(text, from));
    }
  }

  @Override
  public void binary(byte[] payload) {
    if (isWithinPortion()) {
      session.binary(payload);
    } else {
      later(payload.length, () -> session.binary(payload));
    }
  }

  @Override
  public void moved(Connection from, Connection to) {
    session.moved(from, to);
  }

  /** What came before still counts. */
  @Override
  public void closed(EngineClose reason) {
    if (waiting == null) {
      session.closed(reason);
    } else {
      waiting.add(() -> session.closed(reason));
    }
  }

  private boolean isWithinPortion() {
    long now = loop.nanos();
    if (now - since > MOMENT) {
      since = now;
      count = 0;
    }
    count++;
    return waiting == null && count <= PORTION;
  }

  private void later(int length, Runnable packet) {
    if (waiting == null) {
      waiting = new ArrayDeque<>();
      loop.execute(this::portion);
    }
    waiting.add(packet);
    bytes += length;
    if (bytes > maxBytes) {
      work(waiting.size());
    }
  }

  private void portion() {
    try {
      work(PORTION);
    } finally {
      if (waiting.isEmpty()) {
        waiting = null;
      } else {
        loop.execute(this::portion);
      }
    }
  }

  private void work(int most) {
    for (int i = 0; i < most && !waiting.isEmpty(); i++) {
      waiting.poll().run();
    }
    bytes = waiting.isEmpty() ? 0 : bytes;
  }
}
