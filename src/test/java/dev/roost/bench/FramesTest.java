package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {
  private final Frames frames = new Frames();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 127, 2_000, 65_535, 65_536})
  void everyLengthComesOutUnmasked(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    ByteBuf frame = frames.frame(UnpooledByteBufAllocator.DEFAULT, Frames.BINARY, payload);
    try {
      assertThat(frame.readUnsignedByte()).isEqualTo((short) 0x82);
      int second = frame.readUnsignedByte();
      assertThat(second & 0x80).as("masked").isEqualTo(0x80);
      long announced = second & 0x7F;
      announced = announced == 126 ? frame.readUnsignedShort() : announced == 127 ? frame.readLong() : announced;
      assertThat(announced).isEqualTo(length);
      byte[] mask = new byte[4];
      frame.readBytes(mask);
      byte[] got = new byte[length];
      frame.readBytes(got);
      for (int i = 0; i < length; i++) {
        got[i] ^= mask[i % 4];
      }
      assertThat(got).isEqualTo(payload);
      assertThat(frame.isReadable()).isFalse();
      assertThat(Frames.wireLength(length) + 4).isEqualTo(frame.writerIndex());
    } finally {
      frame.release();
    }
  }

  @Test
  void masksDiffer() {
    Set<Integer> masks = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      ByteBuf frame = frames.frame(UnpooledByteBufAllocator.DEFAULT, Frames.TEXT, new byte[] {1});
      masks.add(frame.getInt(2));
      frame.release();
    }
    assertThat(masks.size()).isGreaterThan(90);
  }
}
