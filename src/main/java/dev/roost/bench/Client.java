package dev.roost.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One connection: upgrade, opening script, frames. Everything happens on its loop. */
final class Client extends ChannelInboundHandlerAdapter implements FrameReader.Sink {
  /** What came during the opening is kept to look for awaited texts; no more of it, and of one message, than about this. */
  private static final int MAX_OPENING_TEXT = 1 << 16;
  private static final int NORMAL_CLOSURE = 1000;

  private final LoadLoop loop;
  private final Seat seat;
  private final Ledger ledger;
  private final FrameReader frames = new FrameReader(this);
  private Channel channel;
  private Outgoing outgoing;
  /** Null once the connection is ready, or has failed. */
  private Opening opening;
  private boolean ended;

  /** What is over once a connection is ready. */
  private static final class Opening {
    final Template.Speaker speaker;
    final Plan plan;
    final Outcome outcome;
    final long begun;
    final StringBuilder heard = new StringBuilder();
    final Upgrade upgrade = new Upgrade();
    boolean upgraded;
    long connectNanos;
    int step;
    ScheduledFuture<?> limit;

    Opening(Plan plan, Template.Speaker speaker, Outcome outcome, long begun) {
      this.plan = plan;
      this.speaker = speaker;
      this.outcome = outcome;
      this.begun = begun;
    }
  }

  /** Told once how the opening ended, on the loop. */
  interface Outcome {
    /**
     * @param connectNanos from the first packet to the server's consent to the upgrade
     * @param readyNanos from the first packet to the end of the opening script
     */
    void ready(Client client, long connectNanos, long readyNanos);

    void failed(String why);
  }

  Client(LoadLoop loop, Plan plan, Seat seat, Template.Speaker speaker, Outcome outcome) {
    this.loop = loop;
    this.seat = seat;
    ledger = seat.measured() ? new Ledger(plan.routing().slots()) : null;
    opening = new Opening(plan, speaker, outcome, loop.timeline().now());
    if (seat.sends()) {
      outgoing = plan.routing().outgoing(seat, plan.message().message(speaker, plan.pace().bytes()));
    }
  }

  Seat seat() {
    return seat;
  }

  Ledger ledger() {
    return ledger;
  }

  Outgoing outgoing() {
    return outgoing;
  }

  /** The connection could not be made. */
  void notConnected(Throwable cause) {
    fail(describe(cause));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Opening now = opening;
    now.limit = channel.eventLoop().schedule(this::tooLate, now.plan.openLimit().toNanos(), TimeUnit.NANOSECONDS);
    List<String> headers = new ArrayList<>(now.plan.headers());
    seat.side().credentials().ifPresent(credentials -> headers.addAll(credentials.headers(now.speaker)));
    byte[] request = now.upgrade.request(seat.side().target(), seat.side().target().path().fill(now.speaker), headers);
    channel.writeAndFlush(Unpooled.wrappedBuffer(request), channel.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf chunk = (ByteBuf) message;
    try {
      loop.beginRead();
      int from = chunk.readerIndex();
      ByteBuffer bytes = chunk.internalNioBuffer(from, chunk.readableBytes());
      read(bytes, bytes.position(), bytes.limit());
      loop.endRead();
    } catch (FrameReader.Violation e) {
      end(e.getMessage());
    } finally {
      chunk.release();
    }
  }

  private void read(ByteBuffer bytes, int from, int to) throws FrameReader.Violation {
    if (ended) {
      return;
    }
    if (opening == null || opening.upgraded) {
      frames.read(bytes, from, to);
      return;
    }
    int at = opening.upgrade.read(bytes, from, to);
    Optional<String> refusal = at >= 0 ? opening.upgrade.refusal() : Optional.empty();
    if (refusal.isPresent()) {
      end(refusal.get());
    } else if (at >= 0) {
      opening.upgraded = true;
      opening.connectNanos = loop.timeline().now() - opening.begun;
      goOn();
      frames.read(bytes, at, to);
    } else if (opening.upgrade.isTooLong()) {
      end("the server's answer to the upgrade has no end");
    }
  }

  /** Takes the steps of the opening as far as they go. */
  private void goOn() {
    List<Step> steps = seat.side().opening();
    while (opening.step < steps.size()) {
      switch (steps.get(opening.step)) {
        case Step.Say(Template text) -> say(text, opening.speaker);
        case Step.Await awaited -> {
          if (opening.heard.indexOf(awaited.bytes()) < 0) {
            return;
          }
        }
      }
      opening.step++;
    }
    Opening done = opening;
    opening = null;
    done.limit.cancel(false);
    if (!done.plan.heartbeat().isZero()) {
      seat.side().heartbeat().ifPresent(text -> keepAlive(text, done.speaker, done.plan.heartbeat().toNanos()));
    }
    done.outcome.ready(this, done.connectNanos, loop.timeline().now() - done.begun);
  }

  /** Messages would keep a connection alive as well, but at a low rate, and before the first of them, there are none. */
  private void keepAlive(Template text, Template.Speaker speaker, long nanos) {
    channel.eventLoop().schedule(() -> {
      if (!ended) {
        if (canSend()) {
          say(text, speaker);
        }
        keepAlive(text, speaker, nanos);
      }
    }, nanos, TimeUnit.NANOSECONDS);
  }

  private void say(Template text, Template.Speaker speaker) {
    writeFrame(text.wire().opcode, text.fill(speaker).getBytes(text.wire().charset));
    flush();
  }

  private void tooLate() {
    if (opening != null) {
      String late = !opening.upgraded ? "no answer to the upgrade"
          : "nothing came that contains " + missing((Step.Await) seat.side().opening().get(opening.step));
      end(late + " within " + opening.plan.openLimit().toMillis() / 1000.0 + " s");
    }
  }

  private String missing(Step.Await awaited) {
    String heard = opening.heard.toString().strip();
    String last = heard.substring(heard.lastIndexOf('\n') + 1);
    String shown = awaited.wire().shown(new String(last.getBytes(StandardCharsets.ISO_8859_1), awaited.wire().charset));
    return awaited.wire().shown(awaited.text()) + (heard.isEmpty() ? "" : " (the last message was " + (shown.length() > 200 ? shown.substring(0, 200) + "…" : shown) + ")");
  }

  @Override
  public void message(ByteBuffer bytes, int from, int to) {
    if (to - from == 1 && bytes.get(from) == SocketIoTexts.PING && seat.side().isEngine()) {
      writeFrame(Frames.TEXT, SocketIoTexts.PONG);
      flush();
    } else if (opening == null) {
      loop.message(this, bytes, from, to);
    } else {
      open(bytes, from, to);
    }
    // Last: what it takes is not part of any time that is measured.
    seat.ear().message(bytes, from, to, loop.readAt());
  }

  private void open(ByteBuffer bytes, int from, int to) {
    if (opening.heard.length() > MAX_OPENING_TEXT) {
      opening.heard.delete(0, MAX_OPENING_TEXT / 2);
    }
    byte[] text = new byte[Math.min(to - from, MAX_OPENING_TEXT)];
    bytes.get(from, text);
    opening.heard.append(new String(text, StandardCharsets.ISO_8859_1)).append('\n');
    goOn();
  }

  @Override
  public void ping(ByteBuffer bytes, int from, int to) {
    byte[] payload = new byte[to - from];
    bytes.get(from, payload);
    writeFrame(Frames.PONG, payload);
    flush();
  }

  @Override
  public void close(int code) {
    if (!ended) {
      sendClose();
      end("closed by the server with " + (code == 1005 ? "no code" : code));
    }
  }

  /** Whether the connection takes more at the moment. */
  boolean canSend() {
    return !ended && channel.isWritable();
  }

  /** Writes the next message; {@link #flush} sends it. */
  void write(Outgoing message, long due) {
    Template.Message next = message.next(loop.marker(), due);
    loop.sent(due, message.isHeldBack());
    writeFrame(next.wire().opcode, next.bytes());
  }

  private void writeFrame(int opcode, byte[] payload) {
    channel.write(loop.frames().frame(channel.alloc(), opcode, payload), channel.voidPromise());
  }

  void flush() {
    channel.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (outgoing != null && opening == null && canSend()) {
      loop.writable(this);
    }
  }

  /** Says goodbye and closes. Not an end that is counted, if the loop knows that it is closing. */
  void leave() {
    if (!ended) {
      sendClose();
      end("closed here");
    }
  }

  private void sendClose() {
    byte[] code = {NORMAL_CLOSURE >> 8, (byte) NORMAL_CLOSURE};
    writeFrame(Frames.CLOSE, code);
    flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end("the server ended the connection without a close frame");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    end(describe(cause));
  }

  private void end(String why) {
    if (ended) {
      return;
    }
    ended = true;
    channel.close();
    if (opening != null) {
      fail(why);
    } else {
      loop.ended(why);
    }
  }

  private void fail(String why) {
    ended = true;
    Opening failed = opening;
    opening = null;
    if (failed.limit != null) {
      failed.limit.cancel(false);
    }
    failed.outcome.failed(why);
  }

  private static String describe(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
