package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.Outbox;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that polls: frames wait for its next GET, and what one turn of the loop brings leaves in one answer. Everything but {@link #send} and {@link #close} on the loop of the server.
 *
 * <p>After an upgrade it only passes on what still comes from other threads.
 */
final class PollingConnection implements Connection {
  private final ConnectionId id = ConnectionId.next();
  private final EngineSession session;
  private final Loop loop;
  private final PayloadCodec codec;
  private final int maxPayload;
  private final Outbox outbox;

  /** Taken from the outbox for an answer in which it found no place; null if there is none. */
  private Frame held;
  /** The GET that waits; null if there is none. */
  private Poll waiting;
  private boolean flushes;
  /** What carries the session now; null until it was upgraded. */
  private Connection successor;
  /** The end of the last answer; null while the session is open. */
  private Frame farewell;

  PollingConnection(EngineSession session, Loop loop, PayloadCodec codec, EngineOptions options, Outbox.Drops drops) {
    this.session = session;
    this.loop = loop;
    this.codec = codec;
    maxPayload = options.maxPayload();
    outbox = new Outbox(options.maxQueueBytes(), drops);
  }

  @Override
  public ConnectionId id() {
    return id;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  PayloadCodec codec() {
    return codec;
  }

  @Override
  public void send(Frame frame, Delivery delivery) {
    if (loop.inLoop()) {
      enqueue(frame, delivery);
    } else {
      loop.execute(() -> enqueue(frame, delivery));
    }
  }

  @Override
  public void close(CloseReason reason) {
    if (loop.inLoop()) {
      session.closedBy(this);
    } else {
      loop.execute(() -> session.closedBy(this));
    }
  }

  private void enqueue(Frame frame, Delivery delivery) {
    if (successor != null) {
      successor.send(frame, delivery);
    } else if (farewell == null && (waiting != null || delivery.kind() != Delivery.Kind.DROPPABLE)) {
      if (!outbox.offer(frame, delivery)) {
        session.tooSlow();
      } else if (waiting != null && !flushes) {
        flushes = true;
        loop.execute(this::flush);
      }
    }
  }

  private void flush() {
    flushes = false;
    if (waiting != null && hasMore()) {
      respond();
    }
  }

  private boolean hasMore() {
    return held != null || !outbox.isEmpty();
  }

  boolean isPolled() {
    return waiting != null;
  }

  /** Takes the next GET; none may be waiting. */
  void take(Poll poll) {
    poll.belongsTo(session);
    waiting = poll;
    if (hasMore() || farewell != null) {
      respond();
    }
  }

  /** Answers a waiting GET at once, so that the client can go on with its upgrade. */
  void release() {
    if (waiting != null) {
      respond();
    }
  }

  private void respond() {
    Poll poll = waiting;
    waiting = null;
    List<Frame> frames = nextFrames();
    boolean messages = !frames.isEmpty();
    boolean isLast = farewell != null && !hasMore();
    if (isLast) {
      frames.add(farewell);
    } else if (frames.isEmpty()) {
      frames.add(EnginePacket.NOOP_FRAME);
    }
    poll.answer(codec.encode(frames), messages);
    if (isLast) {
      session.forget();
    }
  }

  /** What fits into one answer, and one frame whatever its size. */
  private List<Frame> nextFrames() {
    List<Frame> frames = new ArrayList<>(4);
    long size = 0;
    for (Frame next = next(); next != null; next = next()) {
      size += codec.sizeOf(next);
      if (size > maxPayload && !frames.isEmpty()) {
        held = next;
        return frames;
      }
      frames.add(next);
    }
    return frames;
  }

  private Frame next() {
    Frame next = held != null ? held : outbox.poll();
    held = null;
    return next;
  }

  /** The session was upgraded: a GET that waits is answered, all else goes on to the new connection. */
  void moveTo(Connection next) {
    successor = next;
    for (Frame frame = next(); frame != null; frame = next()) {
      next.send(frame);
    }
    release();
  }

  /** The session is over. What waits still goes out with the polls that come, the last of them ends like this. */
  void end(Frame last) {
    farewell = last;
    release();
  }

  /** Forgets what waits. */
  void clear() {
    held = null;
    outbox.clear();
  }
}
