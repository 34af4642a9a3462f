package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several packets in one body: what is written, what is read, and what is nothing. */
class EnginePayloadTest {
  private static final Frame TEXT = Frame.text("4\u20ac\ud83d\ude00a");
  private static final Frame BYTES = Frame.binary(new byte[] {1, 2, 3, 4}, 0, 4);

  /** What was read: texts as they are, binary messages as numbers. */
  private static final class Reading implements PacketSink {
    private final List<String> packets = new ArrayList<>();
    private int most = Integer.MAX_VALUE;

    @Override
    public boolean packet(byte[] bytes, int from, int to) {
      assertThat(to).isGreaterThan(from);
      return add(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }

    @Override
    public boolean message(byte[] payload) {
      return add(Arrays.toString(payload));
    }

    private boolean add(String packet) {
      packets.add(packet);
      return packets.size() < most;
    }
  }

  private static List<String> read(PayloadCodec codec, byte[] body, boolean isBinary) {
    Reading reading = new Reading();
    assertThat(codec.decode(body, isBinary, reading)).isTrue();
    return reading.packets;
  }

  private static boolean isPayload(PayloadCodec codec, byte[] body, boolean isBinary) {
    return codec.decode(body, isBinary, new Reading());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(PayloadCodec codec, Frame... frames) {
    PayloadCodec.Payload payload = codec.encode(List.of(frames));
    assertThat(payload.contentType()).isEqualTo("text/plain; charset=UTF-8");
    return new String(payload.bytes(), StandardCharsets.UTF_8);
  }

  // ---- Protocol 4

  @Test
  void packetsOf4AreSeparated() {
    assertThat(text(Payload4.CODEC, TEXT)).isEqualTo("4\u20ac\ud83d\ude00a");
    assertThat(text(Payload4.CODEC, TEXT, BYTES, Frame.text("2"))).isEqualTo("4\u20ac\ud83d\ude00a\u001ebAQIDBA==\u001e2");
    assertThat(read(Payload4.CODEC, bytes("4\u20aca\u001ebAQIDBA==\u001e2"), false)).containsExactly("4\u20aca", "[1, 2, 3, 4]", "2");
    assertThat(read(Payload4.CODEC, bytes("b\u001eb"), false)).as("binary messages without a byte").containsExactly("[]", "[]");
  }

  @Test
  void everyBeginningOf4IsOneOrIsNone() {
    byte[] whole = bytes("4\u20ac\u001ebAQIDBA==\u001e4\ud83d\ude00");
    List<String> packets = List.of("4\u20ac", "[1, 2, 3, 4]", "4\ud83d\ude00");
    for (int length = 0; length < whole.length; length++) {
      Reading reading = new Reading();
      boolean isPayload = Payload4.CODEC.decode(Arrays.copyOf(whole, length), false, reading);
      boolean endsWithin = length == 0 || whole[length - 1] == 0x1e || (whole[length] & 0xC0) == 0x80;
      if (endsWithin) {
        assertThat(isPayload).as("%s bytes", length).isFalse();
      } else if (isPayload) {
        // The last packet may be shorter than it was; base64 is none at every length.
        int complete = reading.packets.size() - 1;
        assertThat(reading.packets.subList(0, complete)).isEqualTo(packets.subList(0, complete));
      }
    }
  }

  @Test
  void whoHasEnoughReadsNoFurther() {
    for (PayloadCodec codec : List.of(Payload4.CODEC, Payload3.BYTES)) {
      Reading two = new Reading();
      two.most = 2;
      byte[] body = codec == Payload4.CODEC ? bytes("4a\u001ebAQ==\u001e!") : bytes("2:4a6:b4AQ==!");
      assertThat(codec.decode(body, false, two)).isTrue();
      assertThat(two.packets).containsExactly("4a", "[1]");
    }
  }

  // ---- Protocol 3

  @Test
  void packetsOf3HaveTheirLengthInFrontAsJavaScriptCountsIt() {
    assertThat(text(Payload3.BYTES, TEXT, Frame.text("2"))).isEqualTo("5:4\u20ac\ud83d\ude00a1:2");
    assertThat(read(Payload3.BYTES, bytes("5:4\u20ac\ud83d\ude00a1:210:b4AQIDBA=="), false)).containsExactly("4\u20ac\ud83d\ude00a", "2", "[1, 2, 3, 4]");
    assertThat(text(Payload3.TEXT_ONLY, TEXT, BYTES)).isEqualTo("5:4\u20ac\ud83d\ude00a10:b4AQIDBA==");
  }

  @Test
  void bytesOf3AreBytesWhereTheClientTakesThem() {
    PayloadCodec.Payload payload = Payload3.BYTES.encode(List.of(TEXT, BYTES));
    assertThat(payload.contentType()).isEqualTo("application/octet-stream");
    byte[] text = bytes("4\u20ac\ud83d\ude00a");
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(new byte[] {0, (byte) text.length, (byte) 255});
    expected.writeBytes(text);
    expected.writeBytes(new byte[] {1, 5, (byte) 255, 4, 1, 2, 3, 4});
    assertThat(text).hasSize(9);
    assertThat(payload.bytes()).isEqualTo(expected.toByteArray());
    assertThat(read(Payload3.BYTES, payload.bytes(), true)).containsExactly("4\u20ac\ud83d\ude00a", "[1, 2, 3, 4]");
  }

  @Test
  void aLengthHasADigitAByte() {
    byte[] message = new byte[1_234];
    byte[] body = Payload3.BYTES.encode(List.of(Frame.binary(message, 0, message.length))).bytes();
    assertThat(Arrays.copyOf(body, 7)).containsExactly(1, 1, 2, 3, 5, 255, 4);
    assertThat(read(Payload3.BYTES, body, true)).containsExactly(Arrays.toString(message));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "1", "1:", "2:4", "x:4", "0:", "-1:4", "1:44", "1:4x", "2:4\ud83d\ude00", "1000000000:4", "99999999999999999999:4", "3:b5A", "1:b", "3:b4$", " 1:4", "1.0:4", "+1:4"})
  void whatIsNoPayloadOf3(String body) {
    assertThat(isPayload(Payload3.BYTES, bytes(body), false)).isFalse();
  }

  @Test
  void whatIsNoPayloadOf3InBytes() {
    for (byte[] body : new byte[][] {{}, {0}, {0, 1}, {0, (byte) 255}, {0, 0, (byte) 255}, {0, 1, (byte) 255}, {0, 2, (byte) 255, '4'}, {2, 1, (byte) 255, '4'}, {1, 1, (byte) 255, '4'}, {0, 10, (byte) 255, '4'},
        {0, '1', (byte) 255, '4'}, {0, 1, (byte) 255, (byte) 0xC3}, {0, 9, 9, 9, 9, 9, 9, 9, 9, 9, (byte) 255, '4'}, {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, (byte) 255, '4'}, {1, 1, (byte) 255, 2}}) {
      assertThat(isPayload(Payload3.BYTES, body, true)).as("%s", Arrays.toString(body)).isFalse();
    }
    assertThat(read(Payload3.BYTES, new byte[] {1, 1, (byte) 255, 4}, true)).containsExactly("[]");
  }

  @Test
  void everyBeginningOf3IsOneOrIsNone() {
    byte[] text = bytes("4:4\u20ac\ud83d\ude00" + "10:b4AQIDBA==" + "1:2");
    byte[] mixed = Payload3.BYTES.encode(List.of(TEXT, BYTES, Frame.text("2"))).bytes();
    assertThat(beginningsThatArePayloads(text, false)).containsExactly(bytes("4:4\u20ac\ud83d\ude00").length, text.length - 3, text.length);
    assertThat(beginningsThatArePayloads(mixed, true)).containsExactly(12, 20, mixed.length);
  }

  private static List<Integer> beginningsThatArePayloads(byte[] whole, boolean isBinary) {
    List<Integer> lengths = new ArrayList<>();
    for (int length = 0; length <= whole.length; length++) {
      if (isPayload(Payload3.BYTES, Arrays.copyOf(whole, length), isBinary)) {
        lengths.add(length);
      }
    }
    return lengths;
  }

  // ---- Both

  @Test
  void whatIsWrittenAtRandomIsReadAgain() {
    Random random = new Random(42);
    for (int round = 0; round < 500; round++) {
      List<Frame> frames = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        byte[] payload = new byte[random.nextInt(50)];
        random.nextBytes(payload);
        // Any character but surrogates and the separator, which no JSON text has.
        String words = random.ints(payload.length, 32, 0x1F600).filter(c -> c < 0xD800 || c > 0xDFFF).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        boolean isBinary = random.nextBoolean();
        frames.add(isBinary ? Frame.binary(payload, 0, payload.length) : Frame.text("4" + words));
        expected.add(isBinary ? Arrays.toString(payload) : "4" + words);
      }
      for (PayloadCodec codec : List.of(Payload4.CODEC, Payload3.BYTES, Payload3.TEXT_ONLY)) {
        PayloadCodec.Payload payload = codec.encode(frames);
        assertThat(read(codec, payload.bytes(), payload.contentType().equals("application/octet-stream"))).isEqualTo(expected);
        assertThat(payload.bytes().length).isLessThanOrEqualTo((int) frames.stream().mapToLong(codec::sizeOf).sum());
      }
    }
  }

  @Test
  void whateverBytesComeNothingBreaks() {
    Random random = new Random(7);
    byte[] likely = {'4', 'b', '1', ':', 0x1e, 0, 1, 2, 4, 9, (byte) 255, (byte) 0xE2, (byte) 0x82, (byte) 0xAC, '=', 'A'};
    int payloads = 0;
    for (int round = 0; round < 60_000; round++) {
      byte[] body = new byte[random.nextInt(12)];
      for (int i = 0; i < body.length; i++) {
        body[i] = random.nextInt(5) == 0 ? (byte) random.nextInt() : likely[random.nextInt(likely.length)];
      }
      PayloadCodec codec = random.nextBoolean() ? Payload4.CODEC : Payload3.BYTES;
      Reading reading = new Reading();
      if (codec.decode(body, random.nextBoolean(), reading)) {
        payloads++;
        assertThat(reading.packets.size()).isBetween(1, body.length);
      }
    }
    assertThat(payloads).as("some of them are payloads").isGreaterThan(1_000);
  }

  /** Each of these would take minutes if a packet cost more than its bytes. */
  @Test
  void aHostilePayloadCostsItsBytes() {
    int size = 2_000_000;
    byte[] most4 = bytes("4\u001e".repeat(size / 2) + "4");
    assertThat(read(Payload4.CODEC, most4, false)).hasSize(size / 2 + 1);
    assertThat(read(Payload3.BYTES, bytes("1:4".repeat(size / 3)), false)).hasSize(size / 3);
    byte[] most3 = new byte[size];
    for (int i = 0; i < size; i += 4) {
      System.arraycopy(new byte[] {0, 1, (byte) 255, '4'}, 0, most3, i, 4);
    }
    assertThat(read(Payload3.BYTES, most3, true)).hasSize(size / 4);
    assertThat(isPayload(Payload3.BYTES, bytes("9".repeat(size)), false)).isFalse();
    assertThat(isPayload(Payload3.BYTES, new byte[size], true)).isFalse();
    assertThat(isPayload(Payload3.BYTES, bytes("999999999:" + "\u20ac".repeat(size / 3)), false)).isFalse();
    assertThat(isPayload(Payload4.CODEC, bytes("b" + "=".repeat(size)), false)).isFalse();
  }
}
