package dev.roost.ptt.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpusPacketTest {
  /** Table 2 of RFC 6716, section 3.1, in tenths of milliseconds. */
  private static final int[] FRAMES = {
      100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200};

  @Test
  void theConfigurationSaysHowLongAFrameIs() {
    for (int configuration = 0; configuration < 32; configuration++) {
      int samples = FRAMES[configuration] * 48 / 10;
      assertThat(of(configuration << 3, 2).orElseThrow()).as("configuration " + configuration).isEqualTo(new OpusPacket(samples, false));
      assertThat(of(configuration << 3 | 4 | 1, 2).orElseThrow()).isEqualTo(new OpusPacket(2 * samples, true));
    }
  }

  /** CELT of 20 ms (31) where nothing else is said: its first byte is f8 plus the code. */
  @ParameterizedTest
  @CsvSource(nullValues = "-", value = {
      "one frame,                            f8 010203,            960",
      "one frame of no bytes,                f8,                   960",
      "two equal frames,                     f9 0102,              1920",
      "R3: two equal frames of three bytes,  f9 010203,            -",
      "two frames of no bytes,               f9,                   1920",
      "two frames,                           fa 01 aa bbbb,        1920",
      "R4: no length,                        fa,                   -",
      "R4: half a length,                    fa fc,                -",
      "R4: longer than what is left,         fa 03 aabb,           -",
      "the second one is empty,              fa 02 aabb,           1920",
      "three equal frames,                   fb 03 aabbcc,         2880",
      "R6: three equal frames of four bytes, fb 03 aabbccdd,       -",
      "R6: no count,                         fb,                   -",
      "R5: no frames,                        fb 00,                -",
      "R5: 120 ms,                           fb 06 aabbccddeeff,   5760",
      "R5: 140 ms,                           fb 07 aabbccddeeff00, -",
      "R5: 48 of 2.5 ms,                     e3 30,                5760",
      "R5: 49 of 2.5 ms,                     e3 31,                -",
      "padding,                              fb 42 02 aabb 0000,   1920",
      "R6: padding beyond the end,           fb 42 03 aabb,        -",
      "R6: padding to the last byte,         fb 42 02 0000,        1920",
      "R6: half the length of padding,       fb 42 ff,             -",
      "three frames of their own lengths,    fb 83 01 02 aabbbbcc, 2880",
      "R7: half the lengths,                 fb 83 01,             -",
      "R7: longer than what is left,         fb 83 02 03 aabbcc,   -",
      "lengths and padding,                  fb c2 01 01 aabb 00,  1920",
      "nothing,                              '',                   -"})
  void theRulesOfSection34(String what, String hex, Integer samples) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThat(OpusPacket.of(bytes).map(OpusPacket::samples)).as(what).isEqualTo(Optional.ofNullable(samples));
  }

  @Test
  void framesAreOf1275BytesAtMost() {
    assertThat(of(0xf8, 1_275)).isPresent();
    assertThat(of(0xf8, 1_276)).as("R2").isEmpty();
    assertThat(of(0xf9, 2_550)).isPresent();
    assertThat(of(0xf9, 2_552)).as("R2").isEmpty();
    // The longest length of two bytes, 255 * 4 + 255, and one byte too many for the second frame.
    assertThat(of(0xfa, 2 + 1_275 + 1_275, 255, 255)).isPresent();
    assertThat(of(0xfa, 2 + 1_275 + 1_276, 255, 255)).isEmpty();
    // 300 bytes of padding: 254 of the first byte and 46 of the second.
    assertThat(of(0xfb, 3 + 10 + 300, 0x41, 255, 46)).isPresent();
    assertThat(of(0xfb, 3 + 1_276 + 300, 0x41, 255, 46)).isEmpty();
  }

  @Test
  void nothingIsLongerThanAPageTakes() {
    byte[] longest = new byte[OpusPacket.MAX_BYTES];
    longest[0] = (byte) 0xe3;
    longest[1] = 48;
    assertThat(OpusPacket.of(Arrays.copyOf(longest, 2 + 48 * 1_275))).isPresent();
    assertThat(OpusPacket.of(Arrays.copyOf(longest, OpusPacket.MAX_BYTES + 1))).isEmpty();
  }

  /** A packet with these bytes at its beginning behind the first one, and so many behind the first one. */
  private static Optional<OpusPacket> of(int first, int rest, int... beginning) {
    byte[] bytes = new byte[1 + rest];
    bytes[0] = (byte) first;
    for (int i = 0; i < beginning.length && i < rest; i++) {
      bytes[1 + i] = (byte) beginning[i];
    }
    return OpusPacket.of(bytes);
  }
}
