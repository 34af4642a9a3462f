package dev.roost.ptt.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OpusCheckTest {
  private static final byte[] MS_20 = {(byte) 0xf8, 1, 2, 3};
  private static final byte[] MS_20_STEREO = {(byte) 0xfc, 1, 2, 3};
  private static final byte[] MS_60 = {0x18, 1, 2, 3};
  private final OpusCheck check = new OpusCheck();

  @Test
  void packetsAtTheirPaceAreOpus() {
    frames(MS_20, 150, 20);
    assertThat(check.isOpus()).isTrue();
    assertThat(check.channels()).isEqualTo(1);
    assertThat(check.samples()).isEqualTo(150 * 960);
  }

  @Test
  void oneInStereoMakesItStereo() {
    frames(MS_20, 3, 20);
    check.frame(MS_20_STEREO, 60);
    assertThat(check.channels()).isEqualTo(2);
  }

  @Test
  void oneFrameThatIsNoPacketMakesItRaw() {
    frames(MS_20, 150, 20);
    check.frame(new byte[] {(byte) 0xfb}, 3_000);
    frames(MS_20, 150, 20);
    assertThat(check.isOpus()).isFalse();
  }

  @Test
  void noFrameIsNoOpus() {
    assertThat(check.isOpus()).isFalse();
  }

  @Test
  void pausesAndSilenceTellNothing() {
    for (int i = 0; i < 50; i++) {
      check.frame(MS_20, i < 25 ? i * 20 : 60_000 + i * 400);
    }
    assertThat(check.isOpus()).isTrue();
  }

  @Test
  void aFileThatIsPlayedAtOnceIsOpus() {
    frames(MS_20, 1_500, 0);
    assertThat(check.isOpus()).isTrue();
  }

  @Test
  void aHeaderThatLooksLikeShorterPacketsIsSeen() {
    // A zero before each packet of 20 ms would be one of 10 ms.
    frames(new byte[] {0, (byte) 0xf8, 1, 2, 3}, 150, 20);
    assertThat(check.isOpus()).isFalse();
  }

  @Test
  void severalPacketsInAFrameAreSeen() {
    frames(new byte[] {(byte) 0xf8, 1, 2, 3, (byte) 0xf8, 1, 2, 3, (byte) 0xf8, 1, 2, 3}, 50, 60);
    assertThat(check.isOpus()).isFalse();
  }

  @Test
  void durationsThatChangeAndDoNotFitTheTimeAreSeen() {
    for (int i = 0; i < 300; i++) {
      check.frame(i % 2 == 0 ? MS_20 : MS_60, i * 20);
    }
    assertThat(check.isOpus()).isFalse();
  }

  @Test
  void durationsThatChangeAndFitAreOpus() {
    for (int i = 0; i < 300; i++) {
      check.frame(i % 2 == 0 ? MS_20 : MS_60, i * 40);
    }
    assertThat(check.isOpus()).isTrue();
  }

  @Test
  void whatIsEncryptedIsNotOpus() {
    Random random = new Random(1);
    int taken = 0;
    for (int i = 0; i < 100; i++) {
      OpusCheck each = new OpusCheck();
      for (int frame = 0; frame < 25; frame++) {
        byte[] bytes = new byte[60 + random.nextInt(40)];
        random.nextBytes(bytes);
        each.frame(bytes, frame * 20);
      }
      taken += each.isOpus() ? 1 : 0;
    }
    assertThat(taken).isZero();
  }

  private void frames(byte[] frame, int count, int everyMs) {
    for (int i = 0; i < count; i++) {
      check.frame(frame, i * everyMs);
    }
  }
}
