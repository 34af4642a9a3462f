package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.Outbox;
import dev.roost.core.RateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A client that polls: frames wait for its next GET, and what one turn of the loop brings leaves in one answer. Everything but {@link #send} and {@link #close} on the loop of the server.
 *
 * <p>After an upgrade it only passes on what still comes from other threads.
 */
final class PollingConnection implements Connection, PacketSink {
  /** What the client is still to hear waits so long for its next GET, as WebSockets have it for their close. */
  private static final Duration FAREWELL = Duration.ofSeconds(5);
  /** By how much the GET that a client sent first may be overtaken by its close packet, on another connection. */
  private static final Duration OVERTAKING = Duration.ofMillis(100);
  /** A GET that comes during an upgrade waits so long for company. */
  private static final Duration UPGRADE_POLL = Duration.ofMillis(100);

  /** What a waiting frame takes beside its bytes, roughly. */
  private static final int FRAME_OVERHEAD = 128;
  private static final int PENDING_QUEUE_BYTES = 64 << 10;

  private final ConnectionId id = ConnectionId.next();
  private final EngineSession session;
  private final Loop loop;
  private final PayloadCodec codec;
  private final int maxPayload;
  private final int maxQueueBytes;
  private final Outbox outbox;

  /** Made with the first packet. */
  private RateLimit rate;
  /** Taken from the outbox for an answer in which it found no place; null if there is none. */
  private Frame held;
  /** The GET that waits; null if there is none. */
  private Poll waiting;
  private boolean cameDuringUpgrade;
  private boolean flushes;
  /** What carries the session now; null until it was upgraded. */
  private Connection successor;
  /** The end of the last answer; null while the session is open. */
  private Frame farewell;
  /** Until when that may be asked for. */
  private Loop.Cancellable lingering = Loop.Cancellable.NONE;
  /** It was. */
  private boolean isOver;

  PollingConnection(EngineSession session, Loop loop, PayloadCodec codec, EngineOptions options, Outbox.Drops drops) {
    this.session = session;
    this.loop = loop;
    this.codec = codec;
    maxPayload = options.maxPayload();
    maxQueueBytes = options.maxQueueBytes();
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
      if (!outbox.offer(frame, delivery) || outbox.bytes() + (long) outbox.size() * FRAME_OVERHEAD > most() && outbox.size() > 1) {
        session.close(EngineClose.SLOW_CONSUMER);
      } else if (waiting != null && !flushes) {
        flushes = true;
        loop.execute(this::flush);
      }
    }
  }

  /** Many small frames take more memory than their bytes; and who has not come for anything yet needs no queue. */
  private long most() {
    return session.isConfirmed() ? maxQueueBytes : Math.min(maxQueueBytes, PENDING_QUEUE_BYTES);
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

  // ---- Requests

  /** A GET; a second one while the first waits is the end of the session. */
  void poll(Poll poll) {
    if (waiting != null) {
      session.close(EngineClose.TRANSPORT_ERROR);
      poll.refuse(EngineFault.BAD_REQUEST);
      return;
    }
    poll.belongsTo(session);
    waiting = poll;
    cameDuringUpgrade = session.isUpgrading();
    if (hasMore() || farewell != null) {
      respond();
    } else if (session.isProbed()) {
      releaseSoon(poll);
    }
  }

  private void releaseSoon(Poll poll) {
    loop.after(UPGRADE_POLL, () -> {
      if (waiting == poll) {
        respond();
      }
    });
  }

  /** A POST of an open session; the fault if it had one. */
  Optional<EngineFault> post(byte[] body, boolean isBinary) {
    if (body.length > maxPayload) {
      session.close(EngineClose.TRANSPORT_ERROR);
      return Optional.of(EngineFault.TOO_LARGE);
    }
    if (!codec.decode(body, isBinary, this)) {
      session.close(EngineClose.PARSE_ERROR);
    }
    return session.isFaulty() ? Optional.of(EngineFault.BAD_REQUEST) : Optional.empty();
  }

  @Override
  public boolean packet(byte[] bytes, int from, int to) {
    return isWithinRate() && session.received(bytes, from, to);
  }

  @Override
  public boolean message(byte[] payload) {
    return isWithinRate() && session.binary(payload);
  }

  private boolean isWithinRate() {
    long now = loop.nanos();
    if (rate == null) {
      rate = PacketRate.from(now);
    }
    if (rate.check(now) != RateLimit.Verdict.ADMIT) {
      session.close(EngineClose.TRANSPORT_ERROR);
    }
    return session.isOpen();
  }

  // ---- Answers

  /** The client knows of the way to another connection. A GET from before is answered, so that it can go there; one that may have overtaken its last step waits for that for a moment. */
  void probed() {
    if (waiting != null && cameDuringUpgrade) {
      releaseSoon(waiting);
    } else if (waiting != null) {
      respond();
    }
  }

  private void respond() {
    Poll poll = waiting;
    waiting = null;
    List<Frame> frames = nextFrames();
    boolean messages = !frames.isEmpty();
    // Not behind messages: clients hear of the end at once, and of the messages a moment later, when they do not listen any more.
    boolean isLast = farewell != null && !messages;
    if (isLast) {
      frames.add(farewell);
    } else if (frames.isEmpty()) {
      frames.add(EnginePacket.NOOP_FRAME);
    }
    poll.answer(codec.encode(frames), messages);
    if (isLast) {
      isOver = true;
      lingering.cancel();
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

  /** The session was upgraded: what waits goes on to the new connection. A GET that waits has been overtaken by the upgrade. */
  void moveTo(Connection next) {
    successor = next;
    for (Frame frame = next(); frame != null; frame = next()) {
      next.send(frame);
    }
    if (waiting != null) {
      waiting.refuse(EngineFault.BAD_REQUEST);
      waiting = null;
    }
  }

  /**
   * The session is over. Where this side ends it, what waits still goes out with the GETs that come for a while, and the answer behind the last one says so. {@code byPacket}: the client has
   * said so by POST, so its GET is only released.
   */
  void end(EngineClose reason, boolean byPacket) {
    boolean isOurs = reason == EngineClose.FORCED || reason == EngineClose.SHUTTING_DOWN;
    if (!isOurs) {
      held = null;
      outbox.clear();
    }
    farewell = byPacket ? EnginePacket.NOOP_FRAME : EnginePacket.CLOSE_FRAME;
    if (waiting != null) {
      respond();
    }
    if (!isOver && (isOurs || byPacket)) {
      lingering = loop.after(isOurs ? FAREWELL : OVERTAKING, session::forget);
    } else {
      session.forget();
    }
  }
}
