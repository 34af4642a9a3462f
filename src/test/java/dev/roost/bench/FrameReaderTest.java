package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  private final List<String> heard = new ArrayList<>();
  private final FrameReader reader = new FrameReader(new FrameReader.Sink() {
    @Override
    public void message(ByteBuffer bytes, int from, int to) {
      heard.add(text(bytes, from, to));
    }

    @Override
    public void ping(ByteBuffer bytes, int from, int to) {
      heard.add("ping " + text(bytes, from, to));
    }

    @Override
    public void close(int code) {
      heard.add("close " + code);
    }
  });

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 200_000})
  void everyLengthInOneChunkAndInTwo(int length) throws Exception {
    String payload = "x".repeat(length);
    byte[] frame = text(payload);
    for (int cut : new int[] {0, 1, 2, 3, 4, 5, 9, 10, 11, frame.length - 1, frame.length}) {
      int within = Math.clamp(cut, 0, frame.length);
      feed(frame, 0, within);
      feed(frame, within, frame.length);
    }
    assertThat(heard).hasSize(11).containsOnly(payload);
  }

  @Test
  void everyCutOfASeriesGivesTheSameMessages() throws Exception {
    ByteArrayOutputStream series = new ByteArrayOutputStream();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String message = "message " + i + " " + "y".repeat(i * 17);
      series.writeBytes(text(message));
      said.add(message);
    }
    byte[] bytes = series.toByteArray();
    for (long seed = 0; seed < 200; seed++) {
      heard.clear();
      Random random = new Random(seed);
      for (int at = 0; at < bytes.length;) {
        int to = Math.min(bytes.length, at + 1 + random.nextInt(1 + random.nextInt(300)));
        feed(bytes, at, to);
        at = to;
      }
      assertThat(heard).as("seed " + seed).isEqualTo(said);
    }
  }

  @Test
  void fragmentsMakeOneMessageWithControlFramesBetween() throws Exception {
    feed(frame(0x01, "one "), frame(0x89, "there?"), frame(0x00, "two "), frame(0x8A, ""), frame(0x80, "three"), text("next"));
    assertThat(heard).containsExactly("ping there?", "one two three", "next");
  }

  @Test
  void closeGivesItsCode() throws Exception {
    feed(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xF5});
    feed(frame(0x88, ""));
    assertThat(heard).containsExactly("close 1013", "close 1005");
  }

  @Test
  void whatAServerMustNotSendIsNamed() {
    assertThatThrownBy(() -> feed(new byte[] {(byte) 0x81, (byte) 0x80, 0, 0, 0, 0})).hasMessage("the server sent a masked frame");
    assertThatThrownBy(() -> feed(frame(0xC1, "x"))).hasMessageContaining("reserved bit");
    assertThatThrownBy(() -> feed(frame(0x80, "x"))).hasMessageContaining("out of turn");
    assertThatThrownBy(() -> feed(frame(0x83, "x"))).hasMessageContaining("out of turn");
    assertThatThrownBy(() -> feed(frame(0x09, "x"))).hasMessageContaining("control frame");
    assertThatThrownBy(() -> feed(frame(0x8B, "x"))).hasMessageContaining("opcode 11");
    assertThatThrownBy(() -> feed(new byte[] {(byte) 0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0})).hasMessageContaining("4294967296 bytes");
  }

  @Test
  void aTextWithinAFragmentedMessageIsRefused() throws Exception {
    feed(frame(0x01, "one"));
    assertThatThrownBy(() -> feed(text("two"))).hasMessageContaining("out of turn");
  }

  private void feed(byte[]... all) throws FrameReader.Violation {
    for (byte[] bytes : all) {
      feed(bytes, 0, bytes.length);
    }
  }

  /** As a direct buffer with something before it, as it comes from a socket. */
  private void feed(byte[] bytes, int from, int to) throws FrameReader.Violation {
    ByteBuffer chunk = ByteBuffer.allocateDirect(to - from + 3).put(3, bytes, from, to - from);
    reader.read(chunk, 3, 3 + to - from);
  }

  private static byte[] text(String payload) {
    return frame(0x81, payload);
  }

  private static byte[] frame(int first, String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return FakeRelay.frame(first, bytes, 0, bytes.length);
  }

  private static String text(ByteBuffer bytes, int from, int to) {
    byte[] copy = new byte[to - from];
    bytes.get(from, copy);
    return new String(copy, StandardCharsets.UTF_8);
  }
}
