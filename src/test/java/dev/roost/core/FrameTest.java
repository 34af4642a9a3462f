package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

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
}
