package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MarkerTest {
  private final Marker marker = new Marker(0xABCDEF);

  @Test
  void whatIsWrittenIsRead() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      int stream = random.nextInt();
      int sequence = random.nextInt() >>> random.nextInt(32);
      long due = random.nextLong() >>> 1 + random.nextInt(62);
      ByteBuffer bytes = ByteBuffer.allocate(Marker.LENGTH + 7);
      marker.write(bytes, 5, stream, sequence, due);
      assertThat(marker.find(bytes, 0, bytes.capacity(), 0)).isEqualTo(5);
      assertThat(Marker.isWhole(bytes, 5)).isTrue();
      assertThat(Marker.stream(bytes, 5)).isEqualTo(stream);
      assertThat(Marker.sequence(bytes, 5)).isEqualTo(sequence);
      assertThat(Marker.due(bytes, 5)).isEqualTo(due);
    }
  }

  @Test
  void itIsPlainTextThatNoFormatEscapes() {
    ByteBuffer bytes = ByteBuffer.allocate(Marker.LENGTH);
    marker.write(bytes, 0, -1, Integer.MAX_VALUE, Long.MAX_VALUE);
    assertThat(new String(bytes.array(), StandardCharsets.US_ASCII)).matches("~[a-z]{39}");
  }

  @Test
  void aWrongHintCostsOnlyTheSearch() {
    ByteBuffer bytes = ByteBuffer.allocate(200);
    marker.write(bytes, 100, 1, 2, 3);
    for (int hint : new int[] {-1, 0, 99, 100, 101, 161, 199, 500}) {
      assertThat(marker.find(bytes, 0, 200, hint)).as("hint " + hint).isEqualTo(100);
    }
    assertThat(marker.find(bytes, 101, 200, 100)).isEqualTo(-1);
    assertThat(marker.find(bytes, 0, 100 + Marker.LENGTH - 1, 100)).as("cut off").isEqualTo(-1);
  }

  @Test
  void markersOfOtherRunsAndDamagedOnesAreNone() {
    ByteBuffer bytes = ByteBuffer.allocate(Marker.LENGTH);
    new Marker(0xABCDEE).write(bytes, 0, 1, 2, 3);
    assertThat(marker.find(bytes, 0, Marker.LENGTH, 0)).isEqualTo(-1);
    for (int at = 8; at < Marker.LENGTH; at++) {
      marker.write(bytes, 0, 0, 0, 0);
      for (char wrong : new char[] {'`', 'q', '"', '\0', '\u00FF'}) {
        bytes.put(at, (byte) wrong);
        assertThat(Marker.isWhole(bytes, 0)).as(at + " " + wrong).isFalse();
      }
    }
  }
}
