package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/** The reader reads what an independent writer wrote. */
class PackReaderTest {
  @Test
  void numbersOfAllWidths() throws IOException {
    long[] numbers = {0, 1, 127, 128, 255, 256, 65_535, 65_536, (1L << 32) - 1, 1L << 32, 1_700_000_000_000L, Long.MAX_VALUE, -1, -32, -33, -128, -129, -32_768, -32_769, Integer.MIN_VALUE,
        Integer.MIN_VALUE - 1L, Long.MIN_VALUE};
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      for (long number : numbers) {
        packer.packLong(number);
      }
      PackReader reader = reader(packer.toByteArray());
      for (long number : numbers) {
        assertThat(reader.number()).isEqualTo(number);
      }
      assertThat(reader.isAtEnd()).isTrue();
    }
  }

  @Test
  void textsOfAllWidths() throws IOException {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      int[] lengths = {0, 1, 31, 32, 255, 256, 70_000};
      for (int length : lengths) {
        packer.packString("x".repeat(length));
      }
      packer.packString("Grüße");
      PackReader reader = reader(packer.toByteArray());
      for (int length : lengths) {
        assertThat(reader.text()).hasSize(length);
      }
      assertThat(reader.text()).isEqualTo("Grüße");
    }
  }

  @Test
  void anythingCanBePassedOver() throws IOException {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packer.packArrayHeader(15).packNil().packBoolean(true).packFloat(1.5f).packDouble(2.5).packInt(300).packLong(-5_000_000_000L).packBigInteger(BigInteger.ONE.shiftLeft(63)).packString("text");
      packer.packBinaryHeader(300).writePayload(new byte[300]);
      packer.packMapHeader(2).packString("a").packArrayHeader(0).packString("b").packMapHeader(0);
      packer.packExtensionTypeHeader((byte) 0, 1).writePayload(new byte[1]);
      packer.packExtensionTypeHeader((byte) 0, 8).writePayload(new byte[8]);
      packer.packExtensionTypeHeader((byte) 5, 3).writePayload(new byte[3]);
      packer.packExtensionTypeHeader((byte) 5, 16).writePayload(new byte[16]);
      packer.packArrayHeader(20);
      for (int i = 0; i < 20; i++) {
        packer.packInt(i);
      }
      packer.packString("behind");
      PackReader reader = reader(packer.toByteArray());
      reader.skip();
      assertThat(reader.text()).isEqualTo("behind");
      assertThat(reader.isAtEnd()).isTrue();
    }
  }

  @Test
  void aTextIsReadOnlyIfItIsTheExpectedOne() throws IOException {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packer.packString("users").packInt(7);
      PackReader reader = reader(packer.toByteArray());
      assertThat(reader.isText("user")).isFalse();
      assertThat(reader.isText("userz")).isFalse();
      assertThat(reader.isText("users")).isTrue();
      assertThat(reader.isText("users")).as("of a number").isFalse();
      assertThat(reader.number()).isEqualTo(7);
    }
  }

  @Test
  void whatIsCutOffOrSomethingElseIsRefused() {
    assertThatThrownBy(() -> reader(bytes("dd7fffffff")).array()).isInstanceOf(PackReader.Malformed.class).hasMessage("a length of 2147483647 where 0 bytes are left");
    assertThatThrownBy(() -> reader(bytes("a561")).text()).isInstanceOf(PackReader.Malformed.class).hasMessage("a value is cut off");
    assertThatThrownBy(() -> reader(bytes("01")).map()).isInstanceOf(PackReader.Malformed.class).hasMessage("a map begins with 0x01");
    assertThatThrownBy(() -> reader(bytes("9301")).skip()).isInstanceOf(PackReader.Malformed.class);
    assertThatThrownBy(() -> reader(bytes("")).number()).isInstanceOf(PackReader.Malformed.class);
    assertThatThrownBy(() -> reader(bytes("a0")).number()).isInstanceOf(PackReader.Malformed.class).hasMessage("a number begins with 0xa0");
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  /** Not at the begin of its buffer, as nothing is in a connection. */
  private static PackReader reader(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 3).position(2).put(bytes);
    return new PackReader(buffer, 2, 2 + bytes.length);
  }
}
