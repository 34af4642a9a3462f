package dev.roost.ptt.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OggOpusWriterTest {
  private static final int MS_20 = 960;
  private static final int SECOND = 48_000;

  @Test
  void aPageIsTheOneThatLibopusencWrites() {
    // The first page of a file that opusenc made.
    byte[] expected = HexFormat.of().parseHex("4f67675300020000000000000000b106753700000000fdf24c7e01134f707573486561640101380180bb0000000000");
    OggPage page = new OggPage();
    page.add(Arrays.copyOfRange(expected, 28, 47));
    assertThat(page.take(OggPage.BEGINS, 0, 0x377506b1, 0)).isEqualTo(expected);
    assertThat(page.isEmpty()).isTrue();
  }

  @Test
  void theChecksumIsThatOfOgg() {
    // CRC-32/MPEG-2 without its initial value: known for "123456789" as 89a1897f.
    assertThat(OggPage.checksum("123456789".getBytes(StandardCharsets.US_ASCII))).isEqualTo(0x89a1897f);
  }

  @Test
  void aPacketEndsWithALacingValueBelow255() throws IOException {
    OggFile file = written(1, new int[] {254, 255, 256, 510, 0}, MS_20);
    assertThat(file.pages().get(2).segments()).containsExactly(254, 255, 0, 255, 1, 255, 255, 0, 0);
    assertThat(file.audio()).extracting(packet -> packet.length).containsExactly(254, 255, 256, 510, 0);
  }

  @Test
  void theHeadersStandOnPagesOfTheirOwn() throws IOException {
    OggFile file = written(2, new int[] {10, 10}, MS_20);
    assertThat(file.pages()).extracting(OggFile.Page::flags).containsExactly(OggPage.BEGINS, 0, OggPage.ENDS);
    assertThat(file.pages()).extracting(OggFile.Page::granulePosition).containsExactly(0L, 0L, 2L * MS_20);
    assertThat(file.pages()).extracting(OggFile.Page::sequence).containsExactly(0, 1, 2);
    assertThat(file.pages()).extracting(OggFile.Page::serial).containsOnly(77);
    assertThat(HexFormat.of().formatHex(file.packets().get(0))).isEqualTo("4f70757348656164" + "01" + "02" + "3801" + "80bb0000" + "0000" + "00");
    assertThat(new String(file.packets().get(1), StandardCharsets.ISO_8859_1)).isEqualTo("OpusTags\5\0\0\0Roost\1\0\0\0\u000f\0\0\0DATE=2026-11-21");
  }

  @Test
  void aPageHoldsOneSecond() throws IOException {
    OggFile file = written(1, filled(120, 60), MS_20);
    assertThat(file.pages().subList(2, 5)).extracting(page -> page.segments().size()).containsExactly(50, 50, 20);
    assertThat(file.pages().subList(2, 5)).extracting(OggFile.Page::granulePosition).containsExactly((long) SECOND, 2L * SECOND, 2L * SECOND + 20 * MS_20);
    assertThat(file.pages()).extracting(OggFile.Page::flags).containsExactly(2, 0, 0, 0, 4);
  }

  @Test
  void aPageThatIsFullIsNotMoreThan255Segments() throws IOException {
    // 2.5 ms each, 4 segments each: 63 fit, three segments stay empty.
    OggFile file = written(1, filled(130, 1000), 120);
    assertThat(file.pages().subList(2, 5)).extracting(page -> page.segments().size()).containsExactly(252, 252, 16);
    assertThat(file.pages().subList(2, 5)).extracting(OggFile.Page::granulePosition).containsExactly(63L * 120, 126L * 120, 130L * 120);
    assertThat(file.audio()).hasSize(130).allMatch(packet -> packet.length == 1000);
  }

  @Test
  void theLongestPacketFitsOnAPage() throws IOException {
    OggFile file = written(1, new int[] {10, OpusPacket.MAX_BYTES, 10}, MS_20);
    assertThat(file.audio()).extracting(packet -> packet.length).containsExactly(10, OpusPacket.MAX_BYTES, 10);
    assertThat(file.pages()).hasSize(3);
    assertThat(written(1, new int[] {4_000, OpusPacket.MAX_BYTES, 10}, MS_20).pages()).hasSize(4);
  }

  @Test
  void aFileShorterThanThePreSkipSkipsNothing() throws IOException {
    assertThat(preSkip(written(1, new int[] {10, 10}, 120))).isZero();
    assertThat(preSkip(written(1, new int[] {10, 10}, 240))).isEqualTo(312);
  }

  @Test
  void thePacketsComeOutAsTheyWentIn() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<byte[]> packets = IntStream.range(0, 200).mapToObj(i -> {
      byte[] packet = new byte[i * 7];
      Arrays.fill(packet, (byte) i);
      return packet;
    }).toList();
    try (OggOpusWriter writer = new OggOpusWriter(bytes, 1, 1, 200L * MS_20, "A=B")) {
      for (byte[] packet : packets) {
        writer.write(packet, MS_20);
      }
    }
    assertThat(OggFile.read(bytes.toByteArray()).audio()).usingElementComparator(Arrays::compare).isEqualTo(packets);
  }

  private static int preSkip(OggFile file) {
    byte[] head = file.packets().getFirst();
    return head[10] & 0xff | (head[11] & 0xff) << 8;
  }

  private static int[] filled(int packets, int bytes) {
    int[] lengths = new int[packets];
    Arrays.fill(lengths, bytes);
    return lengths;
  }

  private static OggFile written(int channels, int[] lengths, int samples) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OggOpusWriter writer = new OggOpusWriter(bytes, 77, channels, (long) lengths.length * samples, "DATE=2026-11-21")) {
      for (int length : lengths) {
        writer.write(new byte[length], samples);
      }
    }
    return OggFile.read(bytes.toByteArray());
  }
}
