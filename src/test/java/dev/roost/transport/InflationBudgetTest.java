package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimLoop;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bombs that keep to the limit of a message: what one client may have inflated, and that others pay for nothing of it. */
class InflationBudgetTest {
  private static final int MAX = 8 << 20;
  private static final int SMALL_MAX = 64 * 1024;
  private static final int SECOND_BYTES = 4_000_000;
  private static final int UNQUESTIONED = 256 * 1024;

  private final SimLoop loop = new SimLoop();
  private final Inflation inflation = new Inflation();
  private final InflationBudget budget = budget();

  @AfterEach
  void release() {
    inflation.release();
  }

  @Test
  void aMessageIsBoundedByItsLengthOnTheWire() {
    byte[] bomb = deflate(new byte[MAX]);
    assertThat(bomb.length).isLessThan(9_000);
    assertThat(ends(budget, bomb, MAX)).isEqualTo("1009 Message too big");
    int justified = UNQUESTIONED;
    while (UNQUESTIONED + 64 * deflate(new byte[justified + 1_000]).length >= justified + 1_000) {
      justified += 1_000;
    }
    assertThat(ends(budget(), deflate(new byte[justified]), MAX)).isEqualTo("" + justified);
    assertThat(ends(budget(), deflate(new byte[justified + 2_000]), MAX)).isEqualTo("1009 Message too big");
  }

  @Test
  void anOrdinaryMessageMayRepeatItselfAsItLikes() {
    assertThat(ends(budget, deflate(new byte[UNQUESTIONED]), MAX)).isEqualTo("" + UNQUESTIONED);
    assertThat(ends(budget, deflate(new byte[SMALL_MAX]), SMALL_MAX)).isEqualTo("" + SMALL_MAX);
    assertThat(ends(budget, deflate(new byte[SMALL_MAX + 1]), SMALL_MAX)).isEqualTo("1009 Message too big");
  }

  @Test
  void aLargestMessageIsInflatedOnceAndAgainWhenThereWasTime() {
    // A fifth of it is noise, so that its length justifies it.
    byte[] plain = new byte[MAX];
    new Random(3).nextBytes(plain);
    Arrays.fill(plain, MAX / 5, MAX, (byte) 'x');
    byte[] message = deflate(plain);
    assertThat(ends(budget, message, MAX)).isEqualTo("" + MAX);
    assertThat(ends(budget, message, MAX)).isEqualTo("1008 Too much compressed data");
    loop.passMillis(1_800);
    assertThat(ends(budget, message, MAX)).isEqualTo("" + MAX);
  }

  @Test
  void aFloodEndsBeforeASecondIsFullAndItsLastMessageIsNotInflatedToItsEnd() {
    byte[] bomb = deflate(new byte[UNQUESTIONED]);
    long inflated = 0;
    int messages = 0;
    String ends = ends(budget, bomb, UNQUESTIONED);
    for (; ends.equals("" + UNQUESTIONED); ends = ends(budget, bomb, UNQUESTIONED)) {
      inflated += UNQUESTIONED;
      assertThat(++messages).isLessThan(60);
      loop.passMillis(1000 / 60);
    }
    assertThat(ends).isEqualTo("1008 Too much compressed data");
    assertThat(inflated).isBetween((long) SECOND_BYTES, 2L * SECOND_BYTES);
  }

  @Test
  void theRateIsSustainedForEverAndNothingIsSavedUpBeyondABurst() {
    byte[] half = deflate(new byte[UNQUESTIONED]);
    for (int i = 0; i < 1_000; i++) {
      assertThat(ends(budget, half, UNQUESTIONED)).as("message %d", i).isEqualTo("" + UNQUESTIONED);
      loop.passMillis(66);
    }
    loop.passMillis(3_600_000);
    int messages = 0;
    while (ends(budget, half, UNQUESTIONED).equals("" + UNQUESTIONED)) {
      assertThat(++messages).isLessThan(100);
    }
    assertThat(messages).isEqualTo(SECOND_BYTES / (UNQUESTIONED - half.length));
  }

  @Test
  void whatDoesNotShrinkIsNotCharged() {
    byte[] noise = new byte[1 << 20];
    new Random(4).nextBytes(noise);
    byte[] message = deflate(noise);
    for (int i = 0; i < 20; i++) {
      assertThat(ends(budget, message, MAX)).isEqualTo("" + noise.length);
    }
  }

  @Test
  void everyClientHasItsOwn() {
    byte[] bomb = deflate(new byte[UNQUESTIONED]);
    while (!ends(budget, bomb, UNQUESTIONED).startsWith("1008")) {
      assertThat(loop.nanos()).isZero();
    }
    assertThat(ends(budget(), bomb, UNQUESTIONED)).isEqualTo("" + UNQUESTIONED);
  }

  private InflationBudget budget() {
    return new InflationBudget(inflation, loop);
  }

  /** How many bytes come out, or with which code and words it ends. */
  private static String ends(InflationBudget budget, byte[] message, int maxBytes) {
    return switch (budget.inflate(message, message.length, maxBytes)) {
      case Inflation.Payload(byte[] payload) -> "" + payload.length;
      case Inflation.Fault(var reason) -> reason.code() + " " + reason.text();
    };
  }

  private static byte[] deflate(byte[] plain) {
    Deflater deflater = new Deflater(9, true);
    try {
      deflater.setInput(plain);
      byte[] out = new byte[plain.length + plain.length / 8 + 100];
      int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
      return Arrays.copyOf(out, length - Inflation.FLUSH_END_BYTES);
    } finally {
      deflater.end();
    }
  }
}
