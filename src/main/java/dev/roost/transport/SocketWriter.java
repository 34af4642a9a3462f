package dev.roost.transport;

import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.ArrayDeque;
import java.util.function.UnaryOperator;

/**
 * Moves the frames of one connection into its socket: control frames between messages, messages from the {@link Outbox}, as many bytes a write as
 * wait, in chunks. It hands the network library no more than it can send soon, so what waits, waits in the outbox, where it can still be replaced or dropped.
 * On the loop of the socket.
 */
final class SocketWriter {
  /** One write; also the most that waits inside the network library. */
  static final int CHUNK_BYTES = 64 * 1024;
  private static final int MAX_CONTROL_FRAMES = 64;

  private final Channel channel;
  private final TrafficMeter meter;
  private final Outbox outbox;
  private final UnaryOperator<Frame> form;
  private ArrayDeque<Frame> control;
  /** The frame of which a part is written: it can no longer be dropped. */
  private Frame current;
  private int currentOffset;
  private long reportedBytes;

  /** @param form in which form a message goes to this client; asked once a message, so that what is queued, counted and half written is one and the same */
  SocketWriter(Channel channel, int maxQueueBytes, UnaryOperator<Frame> form, TrafficMeter meter) {
    this.channel = channel;
    this.form = form;
    this.meter = meter;
    outbox = new Outbox(maxQueueBytes, meter.outboxDrops);
  }

  /** Queues a message; false if it cannot be kept and the client has to go. */
  boolean offer(Frame frame, Delivery delivery) {
    return outbox.offer(form.apply(frame), delivery);
  }

  /** Queues a control frame ahead of all messages. Of too many the oldest is dropped: RFC 6455, section 5.5.3, asks only for the last pong. */
  void offerControl(Frame frame) {
    if (control == null) {
      control = new ArrayDeque<>(2);
    }
    if (control.size() == MAX_CONTROL_FRAMES) {
      control.removeFirst();
    }
    control.addLast(frame);
  }

  /**
   * Writes what the socket takes.
   *
   * @return whether anything moved
   */
  boolean write() {
    boolean moved = false;
    while (hasMore() && channel.isWritable()) {
      ByteBuf chunk = nextChunk();
      meter.writes.increment();
      meter.bytesOut.add(chunk.readableBytes());
      channel.writeAndFlush(chunk, channel.voidPromise());
      moved = true;
    }
    reportQueue();
    return moved;
  }

  /** Writes a last frame after all others; the future tells when it is in the kernel's hands. */
  ChannelFuture writeLast(Frame frame) {
    meter.bytesOut.add(frame.length());
    return channel.writeAndFlush(channel.alloc().directBuffer(frame.length()).writeBytes(frame.wire()));
  }

  boolean hasMore() {
    return current != null || control != null || !outbox.isEmpty();
  }

  /** Forgets what waits; a frame that is half written stays, because its rest must follow. */
  void clear() {
    outbox.clear();
    control = null;
    reportQueue();
  }

  private ByteBuf nextChunk() {
    int limit = (int) Math.min(CHUNK_BYTES, waitingBytes());
    ByteBuf chunk = channel.alloc().directBuffer(limit);
    while (chunk.readableBytes() < limit) {
      if (current == null) {
        current = nextFrame();
        currentOffset = 0;
        meter.framesOut.increment();
      }
      int count = Math.min(limit - chunk.readableBytes(), current.length() - currentOffset);
      chunk.writeBytes(current.wire(), currentOffset, count);
      currentOffset += count;
      if (currentOffset == current.length()) {
        current = null;
      }
    }
    return chunk;
  }

  private Frame nextFrame() {
    if (control == null) {
      return outbox.poll();
    }
    Frame frame = control.removeFirst();
    if (control.isEmpty()) {
      // Most connections have no control frame waiting most of the time.
      control = null;
    }
    return frame;
  }

  private long waitingBytes() {
    long bytes = outbox.bytes();
    if (current != null) {
      bytes += current.length() - currentOffset;
    }
    if (control != null) {
      for (Frame frame : control) {
        bytes += frame.length();
      }
    }
    return bytes;
  }

  private void reportQueue() {
    long bytes = outbox.bytes();
    if (bytes != reportedBytes) {
      meter.queuedBytes.add(bytes - reportedBytes);
      reportedBytes = bytes;
    }
  }
}
