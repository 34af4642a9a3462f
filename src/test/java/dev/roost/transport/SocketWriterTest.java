package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one client gets of a frame that many share: compressed for those who negotiated it, and the same bytes for all of them. */
class SocketWriterTest {
  private static final int MIN = 100;
  private static final int QUEUE_BYTES = 1 << 20;

  private final TrafficMeter meter = new TrafficMeter();
  private final Deflation deflation = new Deflation(MIN, meter);
  private final Inflation inflation = new Inflation();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  /** A frame as it was on the wire; the payload inflated. */
  private record Seen(int firstByte, byte[] payload) {}

  @AfterEach
  void release() {
    deflation.release();
    inflation.release();
    channel.finishAndReleaseAll();
  }

  @Test
  void eachConnectionGetsItsFormOfEveryFrameBetweenControlFramesAndAcrossChunks() {
    Random random = new Random(7);
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      frames.add(random.nextInt(4) == 0 ? noise(random, random.nextInt(90_000)) : Frame.text("ab\u20ac".repeat(random.nextInt(random.nextInt(50_000) + 1))));
    }
    SocketWriter plain = writer(UnaryOperator.identity());
    SocketWriter first = writer(deflation);
    SocketWriter second = writer(deflation);
    byte[] toPlain = written(plain, frames, random);
    byte[] toFirst = written(first, frames, new Random(1));
    byte[] toSecond = written(second, frames, new Random(1));

    assertThat(toSecond).isEqualTo(toFirst);
    assertThat(toFirst.length).isLessThan(toPlain.length);
    List<Seen> seenPlain = messages(toPlain);
    List<Seen> seenFirst = messages(toFirst);
    assertThat(seenFirst).hasSameSizeAs(frames);
    int compressed = 0;
    for (int i = 0; i < frames.size(); i++) {
      byte[] payload = Arrays.copyOfRange(frames.get(i).wire(), frames.get(i).payloadStart(), frames.get(i).length());
      assertThat(seenPlain.get(i).payload).isEqualTo(payload);
      assertThat(seenFirst.get(i).payload).isEqualTo(payload);
      assertThat(seenPlain.get(i).firstByte & 0x40).isZero();
      boolean isCompressed = (seenFirst.get(i).firstByte & 0x40) != 0;
      assertThat(isCompressed).as("frame %d of %d bytes", i, payload.length).isEqualTo((frames.get(i).wire()[0] & 0x0F) == 1 && payload.length >= MIN);
      compressed += isCompressed ? 1 : 0;
    }
    assertThat(compressed).isGreaterThan(20);
    assertThat(meter.compressedFrames.sum()).isEqualTo(2L * compressed);
    long saved = toPlain.length - controlBytes(toPlain) - (toFirst.length - controlBytes(toFirst));
    assertThat(meter.bytesBeforeCompression.sum() - meter.bytesAfterCompression.sum()).isEqualTo(2 * saved);
    long worthTrying = frames.stream().filter(frame -> frame.payloadLength() >= MIN).count();
    assertThat(meter.compressions.sum()).as("each once").isEqualTo(worthTrying);
  }

  @Test
  void framesBelowTheLimitAndBeyondTheLongestAreNotEvenTried() {
    SocketWriter writer = writer(deflation);
    writer.offer(Frame.text("x".repeat(MIN - 1)), Delivery.RELIABLE);
    writer.offer(Frame.text("x".repeat(300_000)), Delivery.RELIABLE);
    writer.write();
    assertThat(messages(onTheWire())).extracting(Seen::firstByte).containsExactly(0x81, 0x81);
    assertThat(meter.compressions.sum()).isZero();
  }

  @Test
  void theQueueCountsWhatReallyWaits() {
    SocketWriter compressed = writer(deflation);
    SocketWriter plain = writer(UnaryOperator.identity());
    boolean plainKeptUp = true;
    for (int i = 0; i < 30; i++) {
      Frame frame = Frame.text("x".repeat(100_000) + i);
      assertThat(compressed.offer(frame, Delivery.RELIABLE)).isTrue();
      plainKeptUp &= plain.offer(frame, Delivery.RELIABLE);
    }
    assertThat(plainKeptUp).isFalse();
  }

  @Test
  void itIsMadeAnewAfterItsRelease() {
    assertThat(deflation.apply(Frame.text("x".repeat(200))).length()).isLessThan(50);
    deflation.release();
    deflation.release();
    assertThat(deflation.apply(Frame.text("y".repeat(200))).length()).isLessThan(50);
  }

  private SocketWriter writer(UnaryOperator<Frame> form) {
    return new SocketWriter(channel, QUEUE_BYTES, form, meter);
  }

  /** All the bytes that a connection gets, where some frames are written together, and some control frames lie in between. */
  private byte[] written(SocketWriter writer, List<Frame> frames, Random random) {
    for (Frame frame : frames) {
      assertThat(writer.offer(frame, Delivery.RELIABLE)).isTrue();
      if (random.nextInt(5) == 0) {
        writer.offerControl(Frame.ping(new byte[random.nextInt(100)]));
      }
      if (random.nextInt(3) == 0) {
        writer.write();
      }
    }
    writer.write();
    assertThat(writer.hasMore()).isFalse();
    return onTheWire();
  }

  private byte[] onTheWire() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (ByteBuf chunk = channel.readOutbound(); chunk != null; chunk = channel.readOutbound()) {
      byte[] bytes = new byte[chunk.readableBytes()];
      chunk.readBytes(bytes);
      chunk.release();
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private List<Seen> messages(byte[] wire) {
    return frames(wire).stream().filter(seen -> (seen.firstByte & 0x08) == 0).toList();
  }

  private long controlBytes(byte[] wire) {
    return frames(wire).stream().filter(seen -> (seen.firstByte & 0x08) != 0).mapToLong(seen -> 2 + seen.payload.length).sum();
  }

  private List<Seen> frames(byte[] wire) {
    List<Seen> seen = new ArrayList<>();
    for (int at = 0; at < wire.length; ) {
      int width = wire[at + 1] == 126 ? 2 : wire[at + 1] == 127 ? 8 : 0;
      int length = width == 0 ? wire[at + 1] : 0;
      for (int i = 0; i < width; i++) {
        length = length << 8 | wire[at + 2 + i] & 0xFF;
      }
      int start = at + 2 + width;
      byte[] payload = Arrays.copyOfRange(wire, start, start + length);
      boolean compressed = (wire[at] & 0x40) != 0;
      seen.add(new Seen(wire[at] & 0xFF, compressed ? ((Inflation.Payload) inflation.inflate(payload, length, QUEUE_BYTES)).bytes() : payload));
      at = start + length;
    }
    return seen;
  }

  private static Frame noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Frame.binary(bytes, 0, length);
  }
}
