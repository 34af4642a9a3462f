package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Liveness;
import dev.roost.core.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket after its upgrade: the only handler that is left in the channel, and the {@link Connection} that state machines hold.
 * Everything but {@link #send} and {@link #close} runs on the loop of the socket.
 *
 * <p>The end, whoever begins it (RFC 6455, section 7): what waits is sent, then a close frame; when the peer's close frame has come, too, our side of TCP is shut,
 * and the peer's end is awaited, because closing a socket with unread input would take the close frame back (a reset). All this for 5 s at most.
 */
final class WebSocketConnection extends ChannelInboundHandlerAdapter implements Connection, WebSocketDecoder.Sink, Liveness.Member {
  private static final Logger log = LoggerFactory.getLogger(WebSocketConnection.class);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final Frame PING = Frame.ping(Receiver.NOTHING);

  private enum State { OPEN, CLOSING, CLOSE_SENT, GONE }

  private final ConnectionId id = ConnectionId.next();
  private final Channel channel;
  private final NettyLoop loop;
  private final Receiver receiver;
  private final SocketLimits limits;
  private final TrafficMeter meter;
  private final boolean counts;
  private final WebSocketDecoder decoder;
  private final SocketWriter writer;
  private final FlushWindow window;

  private State state = State.OPEN;
  private CloseReason closeReason;
  private boolean peerIsDone;
  private ChannelFuture closeFrameWritten;
  private Loop.Cancellable closeTimer = Loop.Cancellable.NONE;
  private Liveness.Watched watched;
  private boolean heard;
  private Flusher.Mark mark = Flusher.Mark.CLEAN;
  private long lastWriteNanos;
  private boolean backlogged;
  private long lastProgressNanos;

  /** {@code counts}: whether it is one of the server's connections, and not only here to be told why it is refused. */
  WebSocketConnection(Channel channel, NettyLoop loop, Handshake.Accept handshake, Optional<PerMessageDeflate.Agreement> deflate, TrafficMeter meter,
      boolean counts) {
    this.channel = channel;
    this.loop = loop;
    this.meter = meter;
    this.counts = counts;
    receiver = handshake.receiver();
    limits = handshake.limits();
    decoder = new WebSocketDecoder(limits.maxMessageBytes(), deflate.map(PerMessageDeflate.Agreement::inflation), this);
    UnaryOperator<Frame> form = deflate.<UnaryOperator<Frame>>map(PerMessageDeflate.Agreement::deflation).orElse(UnaryOperator.identity());
    writer = new SocketWriter(channel, limits.maxQueueBytes(), form, meter);
    window = loop.window(limits.flushDelay());
    // Long ago, so that the first frame does not wait.
    lastWriteNanos = loop.nanos() - Duration.ofSeconds(10).toNanos();
  }

  /** The upgrade is written; from here on frames come and go. */
  void open() {
    watched = loop.liveness(limits.pingInterval()).watch(this, limits.missedPings());
    if (counts) {
      meter.connections.increment();
      meter.connectionsAccepted.increment();
    }
    receiver.opened(this);
  }

  // ---- Connection: any thread

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
      beginClose(reason);
    } else {
      loop.execute(() -> beginClose(reason));
    }
  }

  // ---- Writing

  private void enqueue(Frame frame, Delivery delivery) {
    if (state != State.OPEN) {
      return;
    }
    if (!writer.offer(frame, delivery)) {
      endSlowConsumer();
    } else if (!backlogged) {
      loop.flusher().mark(this, delivery.isEphemeral());
    }
  }

  Flusher.Mark mark() {
    return mark;
  }

  void mark(Flusher.Mark next) {
    mark = next;
  }

  FlushWindow window() {
    return window;
  }

  long lastWriteNanos() {
    return lastWriteNanos;
  }

  /** Writes what waits, as far as the socket takes it; called by the flusher. */
  void flush(long now) {
    if (state == State.GONE) {
      return;
    }
    lastWriteNanos = now;
    boolean moved = writer.write();
    if (writer.hasMore()) {
      noteBacklog(moved);
    } else {
      clearBacklog();
      if (state == State.CLOSING) {
        sendCloseFrame();
      }
    }
  }

  private void noteBacklog(boolean moved) {
    if (moved || !backlogged) {
      lastProgressNanos = loop.nanos();
    }
    if (!backlogged) {
      backlogged = true;
      loop.backlog().add(this);
    }
  }

  private void clearBacklog() {
    if (backlogged) {
      backlogged = false;
      loop.backlog().remove(this);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable() && writer.hasMore()) {
      loop.flusher().mark(this, false);
    }
  }

  /** Called once a second while something waits. */
  void endIfStuck(long now) {
    if (state == State.OPEN && now - lastProgressNanos > limits.stuckAfter().toNanos()) {
      endSlowConsumer();
    }
  }

  private void endSlowConsumer() {
    meter.slowConsumers.increment();
    writer.clear();
    beginClose(limits.slowConsumer());
  }

  // ---- Reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      heard = true;
      meter.bytesIn.add(bytes.readableBytes());
      decoder.read(bytes);
    } catch (RuntimeException e) {
      log.error("Connection {} ended by a failure of the server", id, e);
      // The decoder stands somewhere in the middle.
      decoder.end();
      peerIsDone = true;
      beginClose(new CloseReason(1011, "Internal error"));
    } finally {
      bytes.release();
    }
  }

  @Override
  public void message(boolean text, byte[] payload) {
    meter.framesIn.increment();
    if (state != State.OPEN) {
      return;
    }
    if (text) {
      receiver.text(payload);
    } else {
      receiver.binary(payload);
    }
  }

  @Override
  public void ping(byte[] payload) {
    meter.framesIn.increment();
    sendControl(Frame.pong(payload));
  }

  @Override
  public void pong() {
    // For the liveness here channelRead has noted that something came.
    meter.framesIn.increment();
    if (state == State.OPEN) {
      receiver.pong();
    }
  }

  private void sendControl(Frame frame) {
    if (state == State.OPEN) {
      writer.offerControl(frame);
      loop.flusher().mark(this, false);
    }
  }

  // ---- Liveness

  @Override
  public boolean heardSinceLastVisit() {
    boolean was = heard;
    heard = false;
    return was;
  }

  @Override
  public void ping() {
    byte[] payload = receiver.pingPayload();
    sendControl(payload.length == 0 ? PING : Frame.ping(payload));
  }

  @Override
  public void lost() {
    meter.silentPeers.increment();
    end(CloseReason.SILENT);
    channel.close();
  }

  // ---- The end

  @Override
  public void closed(CloseReason reason) {
    peerIsDone = true;
    if (state == State.OPEN) {
      beginClose(reason);
    } else if (state == State.CLOSE_SENT) {
      endOutput();
    }
  }

  @Override
  public void fault(CloseReason reason) {
    meter.protocolFaults.increment();
    // Nothing more is read, so its close frame will not be seen.
    peerIsDone = true;
    if (state == State.CLOSE_SENT) {
      endOutput();
    } else {
      beginClose(reason);
    }
  }

  private void beginClose(CloseReason reason) {
    if (state != State.OPEN) {
      return;
    }
    state = State.CLOSING;
    closeReason = reason;
    tellReceiver(reason);
    closeTimer = loop.after(CLOSE_LIMIT, channel::close);
    loop.flusher().mark(this, false);
  }

  private void sendCloseFrame() {
    state = State.CLOSE_SENT;
    closeFrameWritten = writer.writeLast(Frame.close(closeReason));
    if (peerIsDone) {
      endOutput();
    }
  }

  private void endOutput() {
    closeFrameWritten.addListener(written -> {
      if (written.isSuccess()) {
        TlsGate.endOutput(channel);
      } else {
        channel.close();
      }
    });
  }

  /** The peer sends nothing more: an open connection is lost, one that is being closed still gets what waits and the close frame. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != ChannelInputShutdownEvent.INSTANCE) {
      return;
    }
    if (state == State.OPEN) {
      end(CloseReason.LOST);
      channel.close();
    } else if (state == State.CLOSE_SENT && !peerIsDone) {
      endOutput();
    } else {
      TlsGate.inputEnded(channel);
    }
    peerIsDone = true;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(CloseReason.LOST);
  }

  /** TCP is gone, or given up. */
  private void end(CloseReason reason) {
    if (state == State.GONE) {
      return;
    }
    if (state == State.OPEN) {
      tellReceiver(reason);
    }
    state = State.GONE;
    decoder.end();
    closeTimer.cancel();
    watched.stop();
    writer.clear();
    clearBacklog();
    if (counts) {
      meter.connections.decrement();
    }
  }

  /** As a task of its own, so that no state machine is called from within its own call to send or close. */
  private void tellReceiver(CloseReason reason) {
    loop.execute(() -> receiver.closed(reason));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(cause);
  }

  /** Gives the connection up; a peer that reset it is no news. */
  void fail(Throwable cause) {
    if (!TlsGate.isFromOutside(cause)) {
      log.warn("Connection {} ended by a failure", id, cause);
    }
    channel.close();
  }
}
