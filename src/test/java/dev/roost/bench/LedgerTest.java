package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.bench.Gaps.Arrival;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LedgerTest {
  @Test
  void inOrderLateAndDouble() {
    Ledger ledger = new Ledger(2);
    assertThat(ledger.arrived(0, 0)).isEqualTo(Arrival.NEXT);
    assertThat(ledger.arrived(0, 3)).isEqualTo(Arrival.NEXT);
    assertThat(ledger.arrived(0, 2)).isEqualTo(Arrival.LATE);
    assertThat(ledger.arrived(0, 2)).isEqualTo(Arrival.DUPLICATE);
    assertThat(ledger.arrived(0, 1)).isEqualTo(Arrival.LATE);
    assertThat(ledger.arrived(0, 0)).isEqualTo(Arrival.DUPLICATE);
    assertThat(ledger.arrived(1, 0)).as("another stream").isEqualTo(Arrival.NEXT);
  }

  /** Any order with losses and doubles, against a set that remembers everything. */
  @Test
  void countsAreExactInAnyOrder() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Ledger ledger = new Ledger(1);
      BitSet seen = new BitSet();
      int highest = -1;
      int front = 0;
      for (int i = 0; i < 400; i++) {
        int number = Math.max(0, front++ - (random.nextInt(4) == 0 ? random.nextInt(60) : 0) + (random.nextInt(20) == 0 ? random.nextInt(30) : 0));
        Arrival expected = seen.get(number) ? Arrival.DUPLICATE : number > highest ? Arrival.NEXT : Arrival.LATE;
        assertThat(ledger.arrived(0, number)).as("seed " + seed + ", number " + number).isEqualTo(expected);
        seen.set(number);
        highest = Math.max(highest, number);
      }
    }
  }
}
