package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, section 5, byte by byte and in random pieces; the suite in interop/ asks the same of the whole server from outside. */
class WebSocketDecoderTest {
  private static final int MAX = 1_000;

  private final List<String> events = new ArrayList<>();
  private final WebSocketDecoder decoder = new WebSocketDecoder(MAX, Optional.empty(), new WebSocketDecoder.Sink() {
    @Override
    public void message(boolean text, byte[] payload) {
      events.add((text ? "text " : "binary ") + new String(payload, StandardCharsets.UTF_8));
    }

    @Override
    public void ping(byte[] payload) {
      events.add("ping " + new String(payload, StandardCharsets.UTF_8));
    }

    @Override
    public void pong() {
      events.add("pong");
    }

    @Override
    public void closed(CloseReason reason) {
      events.add("close " + reason.code() + " " + reason.text());
    }

    @Override
    public void fault(CloseReason reason) {
      events.add("fault " + reason.code());
    }
  });

  @Test
  void aConversationSurvivesEveryWayOfCuttingIt() {
    byte[] wire = join(frame(0x81, "hello"), frame(0x01, "a"), frame(0x89, "p"), frame(0x00, "b\u00e9"), frame(0x80, "\ud83d\ude00"), frame(0x82, ""),
        frame(0x8A, ""), frame(0x81, "x".repeat(300)), frame(0x88, "\u0003\u00e8".getBytes(StandardCharsets.ISO_8859_1), "bye"));
    List<String> expected = List.of("text hello", "ping p", "text ab\u00e9\ud83d\ude00", "binary ", "pong", "text " + "x".repeat(300), "close 1000 bye");
    for (int seed = 0; seed < 500; seed++) {
      WebSocketDecoderTest fresh = new WebSocketDecoderTest();
      fresh.readInPieces(wire, new Random(seed));
      assertThat(fresh.events).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void oneByteAtATime() {
    for (byte b : frame(0x81, "h\u00e9")) {
      read(new byte[] {b});
    }
    assertThat(events).containsExactly("text h\u00e9");
  }

  @ParameterizedTest
  @ValueSource(ints = {0xC1, 0xA1, 0x91, 0x83, 0x87, 0x8B, 0x8F, 0x09, 0x08, 0x80})
  void firstBytesThatBreakTheProtocol(int first) {
    read(new byte[] {(byte) first});
    assertThat(events).containsExactly("fault 1002");
  }

  @Test
  void aNewMessageInsideAFragmentedOneIsAFault() {
    read(frame(0x01, "a"));
    read(frame(0x81, "b"));
    assertThat(events).containsExactly("fault 1002");
  }

  @Test
  void faultsOfTheLength() {
    assertFault(1002, 0x81, 0x05);
    assertFault(1002, 0x89, 0xFE);
    assertFault(1002, 0x82, 0xFE, 0, 125);
    assertFault(1002, 0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF);
    assertFault(1002, 0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0);
    assertFault(1009, 0x82, 0xFE, 0x03, 0xE9);
    assertFault(1009, 0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
  }

  @Test
  void theLimitCountsAllFragments() {
    read(frame(0x02, "x".repeat(600)));
    read(frame(0x00, "x".repeat(400)));
    assertThat(events).isEmpty();
    read(frame(0x80, "x"));
    assertThat(events).containsExactly("fault 1009");
  }

  @Test
  void badTextIsFoundBeforeTheFrameIsComplete() {
    byte[] frame = frame(0x81, "x".repeat(100).getBytes(StandardCharsets.UTF_8), "");
    frame[6 + 10] ^= (byte) ('x' ^ 0xFF);
    read(Arrays.copyOf(frame, 20));
    assertThat(events).containsExactly("fault 1007");
  }

  @Test
  void textMustNotEndInTheMiddleOfACharacter() {
    read(frame(0x81, new byte[] {(byte) 0xE2, (byte) 0x82}, ""));
    assertThat(events).containsExactly("fault 1007");
  }

  @Test
  void binaryIsNotChecked() {
    read(frame(0x82, new byte[] {(byte) 0xFF}, ""));
    assertThat(events).hasSize(1).first().asString().startsWith("binary");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65_535})
  void codesThatMustNotTravel(int code) {
    read(frame(0x88, new byte[] {(byte) (code >>> 8), (byte) code}, ""));
    assertThat(events).containsExactly("fault 1002");
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1003, 1007, 1011, 1014, 3000, 4999})
  void codesThatMay(int code) {
    read(frame(0x88, new byte[] {(byte) (code >>> 8), (byte) code}, ""));
    assertThat(events).containsExactly("close " + code + " ");
  }

  @Test
  void closeFramesWithStrangeBodies() {
    read(frame(0x88, ""));
    assertThat(events).containsExactly("close 1005 ");
    assertFault(1002, join(frame(0x88, "x")));
    assertFault(1007, frame(0x88, new byte[] {3, (byte) 0xE8, (byte) 0xFF}, ""));
  }

  @Test
  void nothingIsReadAfterTheEnd() {
    read(join(frame(0x88, ""), frame(0x81, "late"), new byte[] {(byte) 0xFF}));
    assertThat(events).containsExactly("close 1005 ");
  }

  private static void assertFault(int code, int... bytes) {
    byte[] wire = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      wire[i] = (byte) bytes[i];
    }
    assertFault(code, wire);
  }

  private static void assertFault(int code, byte[] wire) {
    WebSocketDecoderTest fresh = new WebSocketDecoderTest();
    fresh.read(wire);
    assertThat(fresh.events).containsExactly("fault " + code);
  }

  private void read(byte[] bytes) {
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    decoder.read(buffer);
    assertThat(buffer.isReadable()).isFalse();
  }

  private void readInPieces(byte[] wire, Random random) {
    for (int from = 0; from < wire.length; ) {
      int to = Math.min(wire.length, from + 1 + random.nextInt(40));
      read(Arrays.copyOfRange(wire, from, to));
      from = to;
    }
  }

  private static byte[] frame(int first, String payload) {
    return frame(first, payload.getBytes(StandardCharsets.UTF_8), "");
  }

  /** A masked frame as a client sends it. */
  private static byte[] frame(int first, byte[] head, String tail) {
    byte[] payload = join(head, tail.getBytes(StandardCharsets.UTF_8));
    byte[] mask = {0x12, (byte) 0xA4, 0x56, (byte) 0xF8};
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else {
      out.write(0xFE);
      out.write(payload.length >>> 8);
      out.write(payload.length);
    }
    out.writeBytes(mask);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ mask[i % 4]);
    }
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
