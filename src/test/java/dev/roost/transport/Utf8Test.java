package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf"})
  void boundariesAreValid(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThat(Utf8.isValid(bytes, 0, bytes.length)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"80", "bf", "c0", "c080", "c1bf", "c2", "c27f", "c2c0", "e09fbf", "eda080", "edbfbf", "e28c", "f08fbfbf", "f4908080", "f5808080",
      "fe", "ff", "f09f98", "e2828241ff"})
  void invalidSequencesAreFound(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThat(Utf8.isValid(bytes, 0, bytes.length)).isFalse();
  }

  @Test
  void agreesWithTheDecoderOfTheJdkOnRandomBytesHoweverTheyAreCut() {
    Random random = new Random(7);
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = randomBytes(random);
      Utf8 check = new Utf8();
      int cut = bytes.length == 0 ? 0 : random.nextInt(bytes.length + 1);
      boolean valid = check.accept(bytes, 0, cut) && check.accept(bytes, cut, bytes.length) && check.isComplete();
      assertThat(valid).as(HexFormat.of().formatHex(bytes)).isEqualTo(jdkAccepts(bytes));
    }
  }

  /** Mostly near the borders of valid text: random bytes are invalid at once. */
  private static byte[] randomBytes(Random random) {
    byte[] bytes = random.ints(random.nextInt(6), 0, 0x110000).filter(c -> c < 0xD800 || c > 0xDFFF)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0 && random.nextBoolean()) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static boolean jdkAccepts(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
