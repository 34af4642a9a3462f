package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.sim.SimLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7692, sections 6.2 and 7.2.2: compressed messages of clients, right, strange and hostile. */
class CompressedMessagesTest {
  private static final int MAX = 100_000;
  private static final int TEXT = 0x01;
  private static final int BINARY = 0x02;
  private static final int FIN = 0x80;
  private static final int RSV1 = 0x40;

  private final Inflation inflation = new Inflation();
  private final SimLoop loop = new SimLoop();
  private final List<String> events = new ArrayList<>();
  private WebSocketDecoder decoder = decoder();

  @AfterEach
  void release() {
    inflation.release();
  }

  // ---- The examples of the RFC, section 7.2.3

  @ParameterizedTest
  @CsvSource({
    "f248cdc9c90700, Hello, one block",
    "000500faff48656c6c6f00, Hello, not compressed",
    "f348cdc9c9070000, Hello, a last block",
    "f348cdc9c90700, Hello, a last block without the byte that should follow it",
    "f248050000 00ffffcac9c90700, Hello, two blocks",
    "f348cdc9c907 00f348cdc9c9070000, HelloHello, two streams",
    "00, '', nothing",
    "0200, '', nothing in a block",
    "030000, '', nothing in a last block",
    "01, '', nothing in a last block that is not compressed",
    "f248cd010000 00ffff01, Hel, a block and a last one with nothing",
  })
  void whatEncodersSend(String hex, String text, String name) {
    byte[] payload = HexFormat.of().parseHex(hex.replace(" ", ""));
    read(frame(FIN | RSV1 | TEXT, payload));
    assertThat(events).as(name).containsExactly("text " + text);
    for (int cut = 0; cut <= payload.length; cut++) {
      events.clear();
      read(join(frame(RSV1 | TEXT, Arrays.copyOf(payload, cut)), frame(FIN, Arrays.copyOfRange(payload, cut, payload.length))));
      assertThat(events).as("%s in two frames, cut at %d", name, cut).containsExactly("text " + text);
    }
  }

  @Test
  void aReferenceToAnEarlierMessageIsAFault() {
    // Section 7.2.3.2: the second Hello of a sender that kept its window, although it was told not to.
    read(join(frame(FIN | RSV1 | TEXT, HexFormat.of().parseHex("f248cdc9c90700")), frame(FIN | RSV1 | TEXT, HexFormat.of().parseHex("f200110000"))));
    assertThat(events).containsExactly("text Hello", "fault 1007");
  }

  // ---- Every shape

  @Test
  void messagesOfAnyContentLevelAndFlushingSurviveEveryWayOfCuttingThem() {
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      List<String> expected = new ArrayList<>();
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      for (int i = random.nextInt(6); i >= 0; i--) {
        String text = text(random, random.nextInt(10) == 0 ? 30_000 : 300);
        boolean compressed = random.nextInt(3) > 0;
        boolean isText = random.nextBoolean();
        byte[] plain = text.getBytes(StandardCharsets.UTF_8);
        fragments(wire, random, (compressed ? RSV1 : 0) | (isText ? TEXT : BINARY), compressed ? deflate(plain, random) : plain, expected);
        expected.add(shown((isText ? "text " : "binary ") + text));
      }
      events.clear();
      decoder = decoder();
      readInPieces(wire.toByteArray(), random);
      assertThat(events.stream().map(CompressedMessagesTest::shown).toList()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void aBigMessageComesOutWhole() {
    byte[] plain = new byte[MAX];
    new Random(1).nextBytes(plain);
    for (int level : new int[] {0, 1, 9}) {
      assertThat(inflation.inflate(deflate(plain, level), deflate(plain, level).length, MAX)).isInstanceOfSatisfying(Inflation.Payload.class,
          payload -> assertThat(payload.bytes()).isEqualTo(plain));
    }
  }

  @Test
  void itIsMadeAnewAfterItsRelease() {
    read(frame(FIN | RSV1 | TEXT, deflate("before".getBytes(StandardCharsets.UTF_8), 6)));
    inflation.release();
    inflation.release();
    read(frame(FIN | RSV1 | TEXT, deflate("after".getBytes(StandardCharsets.UTF_8), 6)));
    assertThat(events).containsExactly("text before", "text after");
  }

  // ---- Hostile input

  @ParameterizedTest
  @ValueSource(ints = {0xC0, 0x40, 0xC8, 0xC9, 0xCA, 0xA1, 0x91, 0xE1, 0xD2, 0xF2, 0xC3})
  void reservedBitsThatMeanNothing(int first) {
    read(frame(TEXT, "a".getBytes(StandardCharsets.UTF_8)));
    read(new byte[] {(byte) first});
    assertThat(events).containsExactly("fault 1002");
  }

  @Test
  void aCompressedMessageInsideOfAnotherIsAFault() {
    read(frame(RSV1 | TEXT, new byte[] {0}));
    read(frame(FIN | RSV1 | TEXT, new byte[] {0}));
    assertThat(events).containsExactly("fault 1002");
  }

  @Test
  void aMessageThatIsCutOffIsAFault() {
    byte[] payload = deflate(text(new Random(5), 2_000).getBytes(StandardCharsets.UTF_8), 6);
    for (int length = 0; length < payload.length; length++) {
      assertThat(inflation.inflate(payload, length, MAX)).as("%d of %d bytes", length, payload.length)
          .isInstanceOfSatisfying(Inflation.Fault.class, fault -> assertThat(fault.reason().code()).isEqualTo(1007));
    }
  }

  @Test
  void aMessageWithALastBlockThatIsCutOffIsAFault() {
    byte[] plain = text(new Random(6), 2_000).getBytes(StandardCharsets.UTF_8);
    for (int level : new int[] {0, 1, 6}) {
      Deflater deflater = new Deflater(level, true);
      deflater.setInput(plain);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      drain(deflater, Deflater.NO_FLUSH, out);
      deflater.end();
      assertThat(inflation.inflate(out.toByteArray(), out.size(), MAX)).isInstanceOf(Inflation.Payload.class);
      // The first byte of a last block that is not compressed would be an empty message by itself.
      for (int length = 2; length < out.size(); length++) {
        assertThat(inflation.inflate(out.toByteArray(), length, MAX)).as("%d of %d bytes at level %d", length, out.size(), level)
            .isInstanceOf(Inflation.Fault.class);
      }
    }
  }

  @Test
  void noiseIsAFaultAndTheNextConnectionDoesNotNotice() {
    for (int seed = 0; seed < 500; seed++) {
      byte[] noise = new byte[20 + seed];
      new Random(seed).nextBytes(noise);
      decoder = decoder();
      read(frame(FIN | RSV1 | BINARY, noise));
      decoder = decoder();
      read(frame(FIN | RSV1 | TEXT, deflate("fine".getBytes(StandardCharsets.UTF_8), 6)));
      assertThat(events).as("seed %d", seed).containsExactly("fault 1007", "text fine");
      events.clear();
    }
  }

  @Test
  void theLimitIsForTheInflatedMessage() {
    read(frame(FIN | RSV1 | BINARY, deflate(new byte[MAX], 9)));
    assertThat(events).singleElement().asString().hasSize("binary ".length() + MAX);
    events.clear();
    read(frame(FIN | RSV1 | BINARY, deflate(new byte[MAX + 1], 9)));
    assertThat(events).containsExactly("fault 1009");
  }

  @Test
  void aBombIsNotInflatedBeyondTheLimit() {
    byte[] bomb = deflate(new byte[64 << 20], 9);
    assertThat(bomb.length).isLessThan(MAX);
    read(frame(FIN | RSV1 | BINARY, bomb));
    assertThat(events).containsExactly("fault 1009");
  }

  @Test
  void aFloodOfBombsThatKeepToTheLimitEndsWithTheBudget() {
    byte[] bomb = frame(FIN | RSV1 | BINARY, deflate(new byte[MAX], 9));
    for (int i = 0; i < 100; i++) {
      read(bomb);
    }
    assertThat(events).as("the burst is 4 MB").hasSizeBetween(40, 42).last().isEqualTo("fault 1008");
  }

  @Test
  void theCompressedBytesAreBounded() {
    read(new byte[] {(byte) (FIN | RSV1 | BINARY), (byte) 0xFF, 0, 0, 0, 0, 0, 2, 0, 0});
    assertThat(events).as("by the header").containsExactly("fault 1009");
    events.clear();
    decoder = decoder();
    read(frame(RSV1 | BINARY, new byte[MAX]));
    read(frame(0, new byte[MAX / 8]));
    assertThat(events).isEmpty();
    read(frame(0, new byte[65]));
    assertThat(events).as("by all frames together").containsExactly("fault 1009");
  }

  @Test
  void aMessageOfNothingButStreamsIsAFault() {
    byte[] payload = new byte[50_000];
    for (int i = 0; i < payload.length; i += 2) {
      payload[i] = 3;
    }
    read(frame(FIN | RSV1 | BINARY, payload));
    assertThat(events).containsExactly("fault 1007");
  }

  @Test
  void textIsCheckedOnceItIsInflated() {
    read(frame(FIN | RSV1 | TEXT, deflate(new byte[] {'a', (byte) 0xFF}, 6)));
    assertThat(events).containsExactly("fault 1007");
    events.clear();
    decoder = decoder();
    read(frame(FIN | RSV1 | TEXT, deflate(new byte[] {(byte) 0xE2, (byte) 0x82}, 6)));
    assertThat(events).as("ends in the middle of a character").containsExactly("fault 1007");
  }

  // ---- The way there

  private WebSocketDecoder decoder() {
    return new WebSocketDecoder(MAX, Optional.of(new InflationBudget(inflation, loop)), new WebSocketDecoder.Sink() {
      @Override
      public void message(boolean text, byte[] payload) {
        events.add((text ? "text " : "binary ") + new String(payload, StandardCharsets.UTF_8));
      }

      @Override
      public void ping(byte[] payload) {
        events.add("ping " + payload.length);
      }

      @Override
      public void pong() {
        events.add("pong");
      }

      @Override
      public void closed(CloseReason reason) {
        events.add("close " + reason.code());
      }

      @Override
      public void fault(CloseReason reason) {
        events.add("fault " + reason.code());
      }
    });
  }

  private void read(byte[] bytes) {
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    decoder.read(buffer);
    assertThat(buffer.isReadable()).isFalse();
  }

  private void readInPieces(byte[] wire, Random random) {
    for (int from = 0; from < wire.length; ) {
      int to = Math.min(wire.length, from + 1 + random.nextInt(random.nextBoolean() ? 5 : 2_000));
      read(Arrays.copyOfRange(wire, from, to));
      from = to;
    }
  }

  /** A message in some frames, with pings in between. */
  private static void fragments(ByteArrayOutputStream wire, Random random, int first, byte[] payload, List<String> expected) {
    int begin = first;
    int from = 0;
    while (random.nextInt(3) > 0) {
      int to = from + random.nextInt(payload.length - from + 1);
      wire.writeBytes(frame(begin, Arrays.copyOfRange(payload, from, to)));
      if (random.nextBoolean()) {
        wire.writeBytes(frame(0x89, new byte[7]));
        expected.add("ping 7");
      }
      begin = 0;
      from = to;
    }
    wire.writeBytes(frame(FIN | begin, Arrays.copyOfRange(payload, from, payload.length)));
  }

  /** So that a failure can be read. */
  private static String shown(String event) {
    return event.length() < 50 ? event : event.substring(0, 40) + "... " + event.length() + " characters, " + event.hashCode();
  }

  private static String text(Random random, int maxLength) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(maxLength);
    while (text.length() < length) {
      text.append(random.nextInt(20) == 0 ? "\u20ac" : random.nextInt(20) == 0 ? "{\"latitude\":47.6," : (char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  private static byte[] deflate(byte[] plain, int level) {
    Deflater deflater = new Deflater(level, true);
    try {
      deflater.setInput(plain);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      drain(deflater, Deflater.SYNC_FLUSH, out);
      return Arrays.copyOf(out.toByteArray(), out.size() - Inflation.FLUSH_END_BYTES);
    } finally {
      deflater.end();
    }
  }

  /** With any level and strategy, flushed here and there, and sometimes in several streams that end each with a last block. */
  private static byte[] deflate(byte[] plain, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    while (random.nextInt(4) == 0) {
      int to = from + random.nextInt(plain.length - from + 1);
      Deflater stream = new Deflater(random.nextInt(10), true);
      stream.setInput(plain, from, to - from);
      stream.finish();
      drain(stream, Deflater.NO_FLUSH, out);
      stream.end();
      from = to;
    }
    Deflater deflater = new Deflater(random.nextInt(10), true);
    deflater.setStrategy(random.nextInt(3));
    // The first call does nothing but change the strategy.
    assertThat(deflater.deflate(new byte[1])).isZero();
    while (random.nextInt(3) == 0) {
      int to = from + random.nextInt(plain.length - from + 1);
      deflater.setInput(plain, from, to - from);
      drain(deflater, random.nextBoolean() ? Deflater.SYNC_FLUSH : Deflater.FULL_FLUSH, out);
      from = to;
    }
    deflater.setInput(plain, from, plain.length - from);
    drain(deflater, Deflater.SYNC_FLUSH, out);
    deflater.end();
    byte[] all = out.toByteArray();
    int end = all.length - Inflation.FLUSH_END_BYTES;
    // java.util.zip flushes nothing where nothing came in; then the empty block, of which one byte is left, has to be added.
    boolean flushed = end >= 0 && Arrays.equals(all, end, all.length, new byte[] {0, 0, (byte) 0xFF, (byte) 0xFF}, 0, Inflation.FLUSH_END_BYTES);
    return Arrays.copyOf(all, flushed ? end : all.length + 1);
  }

  private static void drain(Deflater deflater, int flush, ByteArrayOutputStream out) {
    byte[] buffer = new byte[8_192];
    int count;
    do {
      count = deflater.deflate(buffer, 0, buffer.length, flush);
      out.write(buffer, 0, count);
    } while (count == buffer.length);
  }

  /** A masked frame as a client sends it. */
  private static byte[] frame(int first, byte[] payload) {
    byte[] mask = {0x12, (byte) 0xA4, 0x56, (byte) 0xF8};
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    int width = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
    out.write(0x80 | (width == 0 ? payload.length : width == 2 ? 126 : 127));
    for (int i = width - 1; i >= 0; i--) {
      out.write((int) ((long) payload.length >>> 8 * i));
    }
    out.writeBytes(mask);
    byte[] masked = payload.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= mask[i % 4];
    }
    out.writeBytes(masked);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
