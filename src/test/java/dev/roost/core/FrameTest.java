package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameTest {

  @ParameterizedTest
  @CsvSource({"0, 2", "1, 2", "125, 2", "126, 4", "65535, 4", "65536, 10", "3000000, 10"})
  void theHeaderIsMinimalAndTellsTheLength(int length, int header) {
    byte[] wire = Frame.text("x".repeat(length)).wire();
    assertThat(wire).hasSize(header + length);
    assertThat(wire[0] & 0xFF).isEqualTo(0x81);
    long told = switch (header) {
      case 2 -> wire[1];
      case 4 -> (wire[2] & 0xFF) << 8 | wire[3] & 0xFF;
      default -> (wire[6] & 0xFFL) << 24 | (wire[7] & 0xFF) << 16 | (wire[8] & 0xFF) << 8 | wire[9] & 0xFF;
    };
    assertThat(told).isEqualTo(length);
  }

  @Test
  void aCloseFrameHoldsCodeAndText() {
    assertThat(Frame.close(new CloseReason(1001, "bye")).wire()).containsExactly(0x88, 5, 0x03, 0xE9, 'b', 'y', 'e');
    assertThat(Frame.close(new CloseReason(CloseReason.NO_STATUS, "")).wire()).containsExactly(0x88, 0);
  }

  @Test
  void aBinaryMessageIsTold() {
    assertThat(Frame.binary(new byte[] {1}, 0, 1).isBinary()).isTrue();
    assertThat(Frame.text("1").isBinary()).isFalse();
    assertThat(Frame.ping(new byte[0]).isBinary()).isFalse();
  }

  @Test
  void controlFramesKeepTheirPayload() {
    assertThat(Frame.ping(new byte[] {1, 2}).wire()).containsExactly(0x89, 2, 1, 2);
    assertThat(Frame.pong(new byte[] {1}).wire()).containsExactly(0x8A, 1, 1);
  }

  @Test
  void laterChangesOfTheSourceDoNotReachTheFrame() {
    byte[] source = {'a', 'b'};
    Frame frame = Frame.text(source, 0, 2);
    source[0] = 'z';
    assertThat(frame.payloadText()).isEqualTo("ab");
  }

  @Test
  void theCompressedFormIsAFrameOfItsOwnWithRsv1() {
    Frame frame = Frame.text("x".repeat(300));
    Frame compressed = frame.compressed((from, start, length, to) -> {
      assertThat(new String(from, start, length)).isEqualTo(frame.payloadText());
      to[0] = 'y';
      to[1] = 'z';
      return 2;
    });
    assertThat(compressed.wire()).containsExactly(0xC1, 2, 'y', 'z');
    assertThat(frame.wire()[0] & 0xFF).isEqualTo(0x81);
    assertThat(compressed.compressed((from, start, length, to) -> 0)).as("nothing is compressed twice").isSameAs(compressed);
    assertThat(Frame.binary(new byte[8], 0, 8).compressed((from, start, length, to) -> 1).wire()).containsExactly(0xC2, 1, 0);
  }

  @Test
  void aFrameThatWouldNotGetSmallerStaysAndIsNotTriedAgain() {
    AtomicInteger tries = new AtomicInteger();
    Frame frame = Frame.text("abc");
    for (int i = 0; i < 3; i++) {
      assertThat(frame.compressed((from, start, length, to) -> tries.getAndIncrement() - 1)).isSameAs(frame);
    }
    assertThat(tries).hasValue(1);
  }

  @Test
  void controlFramesAreNeverCompressed() {
    for (Frame frame : new Frame[] {Frame.ping(new byte[100]), Frame.pong(new byte[100]), Frame.close(new CloseReason(1000, "x".repeat(100)))}) {
      assertThat(frame.compressed((from, start, length, to) -> 1)).isSameAs(frame);
    }
  }

  @Test
  void howeverManyLoopsAskAtTheSameTimeItIsCompressedOnce() throws InterruptedException {
    int loops = 8;
    for (int round = 0; round < 200; round++) {
      Frame frame = Frame.text("round " + round + " ".repeat(100));
      AtomicInteger compressions = new AtomicInteger();
      Set<Frame> forms = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
      CyclicBarrier together = new CyclicBarrier(loops);
      Thread[] threads = new Thread[loops];
      for (int i = 0; i < loops; i++) {
        threads[i] = Thread.ofPlatform().start(() -> {
          await(together);
          forms.add(frame.compressed((from, start, length, to) -> {
            compressions.incrementAndGet();
            Arrays.fill(to, 0, 50, (byte) 7);
            return 50;
          }));
        });
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(compressions).hasValue(1);
      assertThat(forms).singleElement().satisfies(form -> assertThat(form.wire()).hasSize(52).endsWith(7, 7, 7));
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
