package dev.roost.transport.msgpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.transport.msgpack.MsgPackIn.Kind;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;

/** The reader and the writer beside those of another library (msgpack-core), and what hostile bytes can do to the reader. */
class MsgPackTest {
  private static final long[] BOUNDARIES = {0, 1, 31, 32, 33, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, Integer.MAX_VALUE, 1L << 31, (1L << 32) - 1, 1L << 32, 1_700_000_000_000L, (1L << 53) + 1,
      Long.MAX_VALUE};

  /** Something written by the other library. */
  private interface Writing {
    void to(MessageBufferPacker packer) throws IOException;
  }

  // ---- Both ways, beside the other library

  @Test
  void integersAreWrittenInTheShortestFormAndReadInEveryForm() {
    for (long boundary : BOUNDARIES) {
      for (long number : new long[] {boundary, -boundary, -boundary - 1}) {
        byte[] oracle = pack(packer -> packer.packLong(number));
        assertThat(new MsgPackOut(1).integer(number).toBytes()).as("%s", number).isEqualTo(oracle);
        MsgPackIn in = in(oracle);
        assertThat(in.kind()).isEqualTo(Kind.INTEGER);
        assertThat(in.isBig()).isFalse();
        assertThat(in.integer()).isEqualTo(number);
        assertThat(in.isAtEnd()).isTrue();
      }
    }
  }

  @Test
  void integersWiderThanNeededAreReadToo() {
    for (int width : new int[] {1, 2, 4, 8}) {
      for (long value : new long[] {0, 5, 127}) {
        assertThat(in(wide(0xcc + Integer.numberOfTrailingZeros(width), value, width)).integer()).isEqualTo(value);
        assertThat(in(wide(0xd0 + Integer.numberOfTrailingZeros(width), value, width)).integer()).isEqualTo(value);
        assertThat(in(wide(0xd0 + Integer.numberOfTrailingZeros(width), -value, width)).integer()).isEqualTo(-value);
      }
      assertThat(in(wide(0xcc + Integer.numberOfTrailingZeros(width), -1, width)).integer()).as("unsigned").isEqualTo(width == 8 ? -1 : (1L << 8 * width) - 1);
    }
  }

  @Test
  void numbersAboveTheRangeOfLongAreKnownAsSuch() {
    for (String number : List.of("9223372036854775808", "18446744073709551615", "10000000000000000000")) {
      MsgPackIn in = in(pack(packer -> packer.packBigInteger(new BigInteger(number))));
      assertThat(in.kind()).isEqualTo(Kind.INTEGER);
      assertThat(in.isBig()).isTrue();
      assertThat(Long.toUnsignedString(in.integer())).isEqualTo(number);
    }
    assertThat(in(pack(packer -> packer.packLong(Long.MAX_VALUE))).isBig()).isFalse();
    assertThat(in(pack(packer -> packer.packLong(-1))).isBig()).isFalse();
  }

  @Test
  void textOfEveryLengthAndScript() {
    for (int length : new int[] {0, 1, 31, 32, 255, 256, 65_535, 65_536, 70_000}) {
      checkText("x".repeat(length));
    }
    for (String text : List.of("ü", "日本語", "😀", "a\u0000b", "\u007f\u0080\uffff", "é".repeat(16), "😀".repeat(64))) {
      checkText(text);
    }
  }

  private static void checkText(String text) {
    byte[] oracle = pack(packer -> packer.packString(text));
    assertThat(new MsgPackOut(0).string(text).toBytes()).isEqualTo(oracle);
    MsgPackIn in = in(oracle);
    assertThat(in.kind()).isEqualTo(Kind.STRING);
    assertThat(in.string()).isEqualTo(text);
    assertThat(in.isAtEnd()).isTrue();
    MsgPackIn content = in(oracle);
    int length = content.content();
    assertThat(new String(oracle, content.position(), length, StandardCharsets.UTF_8)).isEqualTo(text);
  }

  @Test
  void binaryDataOfEveryLength() {
    for (int length : new int[] {0, 1, 255, 256, 65_535, 65_536}) {
      byte[] data = new byte[length];
      new SplittableRandom(length).nextBytes(data);
      byte[] oracle = pack(packer -> {
        packer.packBinaryHeader(data.length);
        packer.writePayload(data);
      });
      MsgPackIn in = in(oracle);
      assertThat(in.kind()).isEqualTo(Kind.BINARY);
      assertThat(in.content()).isEqualTo(length);
      assertThat(Arrays.copyOfRange(oracle, in.position(), oracle.length)).isEqualTo(data);
      skipAll(oracle);
    }
  }

  @Test
  void listsAndMapsOfEveryLength() {
    for (int count : new int[] {0, 1, 15, 16, 65_535, 65_536}) {
      MsgPackOut list = new MsgPackOut(8).array(count);
      MsgPackOut map = new MsgPackOut(8).map(count);
      for (int i = 0; i < count; i++) {
        list.nil();
        map.nil().nil();
      }
      assertThat(list.toBytes()).isEqualTo(pack(packer -> nils(packer.packArrayHeader(count), count)));
      assertThat(map.toBytes()).isEqualTo(pack(packer -> nils(packer.packMapHeader(count), 2 * count)));
      MsgPackIn inList = in(list.toBytes());
      assertThat(inList.kind()).isEqualTo(Kind.ARRAY);
      assertThat(inList.array()).isEqualTo(count);
      MsgPackIn inMap = in(map.toBytes());
      assertThat(inMap.kind()).isEqualTo(Kind.MAP);
      assertThat(inMap.map()).isEqualTo(count);
      skipAll(list.toBytes());
      skipAll(map.toBytes());
    }
  }

  private static void nils(MessagePacker packer, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      packer.packNil();
    }
  }

  @Test
  void theRest() {
    assertThat(in(pack(packer -> packer.packBoolean(true))).bool()).isTrue();
    assertThat(in(pack(packer -> packer.packBoolean(false))).bool()).isFalse();
    assertThat(in(pack(MessageBufferPacker::packNil)).kind()).isEqualTo(Kind.NIL);
    assertThat(new MsgPackOut(1).nil().toBytes()).isEqualTo(pack(MessageBufferPacker::packNil));
    for (double number : new double[] {0, -0.0, 1.5, -1e300, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE}) {
      MsgPackIn wide = in(pack(packer -> packer.packDouble(number)));
      assertThat(wide.kind()).isEqualTo(Kind.FLOAT);
      assertThat(wide.decimal()).isEqualTo((Double) number);
      assertThat(in(pack(packer -> packer.packFloat((float) number))).decimal()).isEqualTo((Double) (double) (float) number);
    }
  }

  @Test
  void undefinedIsAnExtensionOfItsOwnAndOthersAreExtensions() {
    assertThat(in(bytes(0xd4, 0, 0)).kind()).isEqualTo(Kind.UNDEFINED);
    assertThat(in(bytes(0xd4, 1, 0)).kind()).isEqualTo(Kind.EXTENSION);
    assertThat(in(bytes(0xd7, 0, 0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0)).kind()).as("a date of notepack").isEqualTo(Kind.EXTENSION);
    for (int length : new int[] {0, 1, 2, 3, 4, 8, 16, 17, 255, 256, 65_536}) {
      for (int type : new int[] {0, 1, -1, 127}) {
        byte[] extension = pack(packer -> packer.packExtensionTypeHeader((byte) type, length).writePayload(new byte[length]));
        assertThat(in(extension).kind()).isIn(Kind.EXTENSION, type == 0 && length == 1 ? Kind.UNDEFINED : Kind.EXTENSION);
        skipAll(extension);
      }
    }
  }

  @Test
  void whatIsWrittenByTheOtherLibraryIsSkippedToItsLastByte() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1_000; i++) {
      skipAll(pack(packer -> value(packer, random, 0)));
    }
  }

  // ---- What is none

  @Test
  void everyBeginningOfAValueIsRefused() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 150; i++) {
      byte[] whole = pack(packer -> value(packer, random, 0));
      for (int length = 0; length < Math.min(whole.length, 200); length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> in(cut).skip()).as("%s of %s bytes", length, whole.length).isInstanceOf(MsgPackException.class);
      }
    }
  }

  @Test
  void theBytesBehindTheEndAreNotRead() {
    byte[] text = pack(packer -> packer.packString("abcdef"));
    assertThatThrownBy(() -> new MsgPackIn(text, 0, 4).string()).isInstanceOf(MsgPackException.class);
    assertThatThrownBy(() -> new MsgPackIn(text, 0, 4).content()).isInstanceOf(MsgPackException.class);
    MsgPackIn inner = new MsgPackIn(bytes(0xc1, 0xa1, 'x', 0xc1), 1, 2);
    assertThat(inner.string()).isEqualTo("x");
    assertThat(inner.isAtEnd()).isTrue();
    assertThatThrownBy(inner::kind).isInstanceOf(MsgPackException.class);
  }

  @Test
  void aValueIsOnlyWhatItIs() {
    byte[] number = bytes(5);
    byte[] text = bytes(0xa1, 'x');
    for (byte[] wrong : List.of(text, bytes(0xc0), bytes(0x90), bytes(0xca, 0, 0, 0, 0))) {
      assertThatThrownBy(() -> in(wrong).integer()).isInstanceOf(MsgPackException.class);
      assertThatThrownBy(() -> in(wrong).bool()).isInstanceOf(MsgPackException.class);
    }
    for (byte[] wrong : List.of(number, bytes(0xc0), bytes(0xc4, 0), bytes(0x80))) {
      assertThatThrownBy(() -> in(wrong).string()).isInstanceOf(MsgPackException.class);
      assertThatThrownBy(() -> in(wrong).array()).isInstanceOf(MsgPackException.class);
      assertThatThrownBy(() -> in(wrong).decimal()).isInstanceOf(MsgPackException.class);
    }
    assertThatThrownBy(() -> in(number).content()).isInstanceOf(MsgPackException.class);
    assertThatThrownBy(() -> in(bytes(0x90)).map()).isInstanceOf(MsgPackException.class);
    assertThatThrownBy(() -> in(bytes(0xc1)).kind()).as("the byte that means nothing").isInstanceOf(MsgPackException.class);
  }

  @Test
  void textThatIsNotUtf8IsNoTextButHasContent() {
    for (byte[] bad : List.of(bytes(0xa1, 0xff), bytes(0xa2, 0xc3, 0x28), bytes(0xa3, 0xed, 0xa0, 0x80), bytes(0xa1, 0x80))) {
      assertThatThrownBy(() -> in(bad).string()).isInstanceOf(MsgPackException.class);
      assertThat(in(bad).content()).isEqualTo(bad.length - 1);
      skipAll(bad);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0xdc, 0xdd, 0xde, 0xdf, 0xd9, 0xda, 0xdb, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9})
  void nothingIsMadeForALengthThatIsOnlyDeclared(int type) {
    byte[] claim = bytes(type, 0xff, 0xff, 0xff, 0xff, 0, 0, 0);
    assertThatThrownBy(() -> in(claim).skip()).isInstanceOf(MsgPackException.class);
    assertThatThrownBy(() -> {
      MsgPackIn in = in(claim);
      switch (in.kind()) {
        case ARRAY -> in.array();
        case MAP -> in.map();
        case STRING -> in.string();
        case BINARY -> in.content();
        default -> in.skip();
      }
    }).isInstanceOf(MsgPackException.class);
  }

  @Test
  void sixteenLevelsAndNoMore() {
    skipAll(nested(16));
    assertThatThrownBy(() -> skipAll(nested(17))).isInstanceOf(MsgPackException.class);
    assertThatThrownBy(() -> skipAll(nested(10_000))).isInstanceOf(MsgPackException.class);
    byte[] maps = new byte[20_001];
    for (int i = 0; i < 20_000; i += 2) {
      maps[i] = (byte) 0x81;
      maps[i + 1] = 1;
    }
    assertThatThrownBy(() -> skipAll(maps)).isInstanceOf(MsgPackException.class);
  }

  /** So many arrays in each other, the innermost one empty. */
  private static byte[] nested(int depth) {
    byte[] arrays = new byte[depth];
    Arrays.fill(arrays, (byte) 0x91);
    arrays[depth - 1] = (byte) 0x90;
    return arrays;
  }

  @Test
  void randomBytesAreReadOrRefused() {
    SplittableRandom random = new SplittableRandom(3);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(1, 40)];
      random.nextBytes(bytes);
      read += survives(bytes) ? 1 : 0;
    }
    for (int i = 0; i < 8_000; i++) {
      byte[] bytes = pack(packer -> value(packer, random, 2));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      read += survives(bytes) ? 1 : 0;
    }
    assertThat(read).isBetween(2_000, 26_000);
  }

  /** Skips value after value, and reads each as what it says it is; whether there was no fault. */
  private static boolean survives(byte[] bytes) {
    try {
      MsgPackIn skipping = in(bytes);
      MsgPackIn reading = in(bytes);
      while (!skipping.isAtEnd()) {
        int from = skipping.position();
        skipping.skip();
        assertThat(skipping.position()).isGreaterThan(from).isLessThanOrEqualTo(bytes.length);
        readOne(reading, skipping.position());
      }
      return true;
    } catch (MsgPackException e) {
      return false;
    }
  }

  private static void readOne(MsgPackIn in, int end) {
    while (in.position() < end) {
      switch (in.kind()) {
        case ARRAY -> in.array();
        case MAP -> in.map();
        case INTEGER -> in.integer();
        case FLOAT -> in.decimal();
        case BOOLEAN -> in.bool();
        case STRING -> in.string();
        default -> in.skip();
      }
    }
  }

  // ---- Writing

  @Test
  void whatIsMessagePackAlreadyIsTakenOver() {
    byte[] given = pack(packer -> packer.packString("given"));
    byte[] all = ByteBuffer.allocate(given.length + 2).put((byte) 1).put(given).put((byte) 2).array();
    assertThat(new MsgPackOut(0).array(2).raw(all, 1, given.length).integer(7).toBytes()).isEqualTo(pack(packer -> packer.packArrayHeader(2).packString("given").packInt(7)));
  }

  @Test
  void theFrameHoldsWhatWasWrittenAndNoMore() {
    MsgPackOut out = new MsgPackOut(1_000).array(1).string("x");
    byte[] wire = out.toFrame().wire();
    assertThat(wire).isEqualTo(bytes(0x82, 3, 0x91, 0xa1, 'x'));
  }

  // ---- Values

  private static void value(MessageBufferPacker packer, SplittableRandom random, int depth) throws IOException {
    int kind = random.nextInt(depth > 3 ? 8 : 11);
    switch (kind) {
      case 0 -> packer.packNil();
      case 1 -> packer.packBoolean(random.nextBoolean());
      case 2, 3 -> packer.packLong(random.nextLong() >> random.nextInt(64));
      case 4 -> packer.packDouble(random.nextDouble());
      case 5 -> packer.packFloat((float) random.nextDouble());
      case 6 -> packer.packString("ä".repeat(random.nextInt(40)));
      case 7 -> {
        byte[] data = new byte[random.nextInt(300)];
        packer.packBinaryHeader(data.length);
        packer.writePayload(data);
      }
      case 8 -> packer.packExtensionTypeHeader((byte) random.nextInt(-128, 128), 8).writePayload(new byte[8]);
      default -> {
        int count = random.nextInt(20);
        if (kind == 9) {
          packer.packArrayHeader(count);
        } else {
          packer.packMapHeader(count);
        }
        for (int i = kind == 9 ? count : 2 * count; i > 0; i--) {
          value(packer, random, depth + 2);
        }
      }
    }
  }

  private static byte[] wide(int type, long value, int width) {
    List<Integer> parts = new ArrayList<>(List.of(type));
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      parts.add((int) (value >> shift) & 0xff);
    }
    return bytes(parts.stream().mapToInt(part -> part).toArray());
  }

  private static byte[] pack(Writing writing) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      writing.to(packer);
      return packer.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static MsgPackIn in(byte[] bytes) {
    return new MsgPackIn(bytes, 0, bytes.length);
  }

  private static void skipAll(byte[] bytes) {
    MsgPackIn in = in(bytes);
    in.skip();
    assertThat(in.isAtEnd()).isTrue();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
