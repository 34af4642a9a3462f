package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final Delivery POSE = Delivery.latest("pose");
  private static final Delivery STATS = Delivery.latest("stats");

  private final List<String> drops = new ArrayList<>();
  private final Outbox outbox = new Outbox(100, (kind, bytes) -> drops.add(kind + " " + bytes));

  @Test
  void framesOfAllClassesComeOutInOrder() {
    offer("a", Delivery.RELIABLE);
    offer("b", Delivery.DROPPABLE);
    offer("c", POSE);
    assertThat(drain()).containsExactly("a", "b", "c");
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(outbox.bytes()).isZero();
    assertThat(drops).isEmpty();
  }

  @Test
  void aNewerFrameOfAKeyTakesThePlaceOfTheWaitingOne() {
    offer("pose 1", POSE);
    offer("x", Delivery.DROPPABLE);
    offer("pose 2", POSE);
    assertThat(drain()).containsExactly("pose 2", "x");
    assertThat(drops).containsExactly("LATEST 8");
  }

  @Test
  void aNewerFrameDoesNotMovePastAReliableOne() {
    offer("pose 1", POSE);
    offer("left", Delivery.RELIABLE);
    offer("pose 2", POSE);
    assertThat(drain()).containsExactly("left", "pose 2");
  }

  @Test
  void keysAreApart() {
    offer("pose 1", POSE);
    offer("stats 1", STATS);
    offer("pose 2", Delivery.latest("pose"));
    offer("stats 2", STATS);
    assertThat(drain()).containsExactly("pose 2", "stats 2");
  }

  @Test
  void aSteadyStreamOfUpdatesDoesNotStarveItself() {
    offer("a", Delivery.DROPPABLE);
    offer("pose", POSE);
    for (int i = 0; i < 1000; i++) {
      offer("pose " + i, POSE);
      offer("b" + i, Delivery.DROPPABLE);
    }
    // However long it goes on, the newest pose is as near to the front as the first one was.
    assertThat(drain().getFirst()).isEqualTo("pose 999");
  }

  @Test
  void theOldestDroppableGoesFirst() {
    for (int i = 0; i < 12; i++) {
      assertThat(offer("12345678", i % 2 == 0 ? Delivery.DROPPABLE : Delivery.RELIABLE)).isTrue();
    }
    assertThat(outbox.bytes()).isLessThanOrEqualTo(100);
    assertThat(drops).containsExactly("DROPPABLE 10", "DROPPABLE 10");
    assertThat(drain()).hasSize(10);
  }

  @Test
  void reliableFramesThatDoNotFitAreReported() {
    for (int i = 0; i < 10; i++) {
      assertThat(offer("12345678", Delivery.RELIABLE)).isTrue();
    }
    assertThat(offer("12345678", Delivery.RELIABLE)).isFalse();
  }

  @Test
  void aSingleFrameIsAcceptedWhateverItsSize() {
    assertThat(offer("x".repeat(500), Delivery.DROPPABLE)).isTrue();
    assertThat(drain()).hasSize(1);
    assertThat(drops).isEmpty();
  }

  @Test
  void aFrameThatAloneExceedsTheBoundDoesNotCountAgainstThoseAroundIt() {
    String big = "x".repeat(500);
    offer("before", Delivery.RELIABLE);
    assertThat(offer(big, Delivery.RELIABLE)).isTrue();
    for (int i = 0; i < 9; i++) {
      assertThat(offer("1234567" + i, Delivery.RELIABLE)).isTrue();
    }
    assertThat(drops).isEmpty();
    assertThat(offer("12345678", Delivery.RELIABLE)).as("the others have the bound for themselves").isFalse();
    assertThat(drain()).startsWith("before", big, "12345670");
  }

  @Test
  void aDroppableFrameThatAloneExceedsTheBoundLeavesTheOthersAlone() {
    offer("old", Delivery.DROPPABLE);
    assertThat(offer("x".repeat(500), Delivery.DROPPABLE)).isTrue();
    assertThat(drain()).containsExactly("old", "x".repeat(500));
  }

  @Test
  void aSecondFrameThatAloneExceedsTheBoundDoesNotFit() {
    offer("x".repeat(500), Delivery.RELIABLE);
    assertThat(offer("y".repeat(500), Delivery.RELIABLE)).isFalse();
  }

  @Test
  void aSecondFrameThatAloneExceedsTheBoundTakesThePlaceOfADroppableOne() {
    offer("x".repeat(500), Delivery.DROPPABLE);
    assertThat(offer("y".repeat(500), Delivery.RELIABLE)).isTrue();
    assertThat(drops).containsExactly("DROPPABLE 504");
    assertThat(offer("12345678", Delivery.RELIABLE)).isTrue();
    assertThat(drain()).containsExactly("y".repeat(500), "12345678");
    offer("1234567890".repeat(9), Delivery.RELIABLE);
    assertThat(offer("12345678", Delivery.RELIABLE)).as("it has gone, and the bound is what it was").isFalse();
  }

  @Test
  void aFrameOfAKeyThatGrowsBeyondTheBoundAndShrinksIsCountedForWhatItIs() {
    offer("pose", POSE);
    assertThat(offer("x".repeat(500), POSE)).isTrue();
    assertThat(offer("1234567890".repeat(9), Delivery.DROPPABLE)).isTrue();
    assertThat(offer("pose that is small again", POSE)).isTrue();
    assertThat(drops).containsExactly("LATEST 6", "LATEST 504", "DROPPABLE 92");
  }

  @Test
  void clearForgetsEverythingAndTheOutboxGoesOn() {
    offer("a", Delivery.RELIABLE);
    offer("b", POSE);
    offer("c", Delivery.DROPPABLE);
    outbox.clear();
    assertThat(outbox.isEmpty()).isTrue();
    offer("d", POSE);
    offer("e", Delivery.DROPPABLE);
    assertThat(drain()).containsExactly("d", "e");
  }

  private boolean offer(String text, Delivery delivery) {
    return outbox.offer(Frame.text(text), delivery);
  }

  private List<String> drain() {
    List<String> all = new ArrayList<>();
    for (Frame frame = outbox.poll(); frame != null; frame = outbox.poll()) {
      all.add(frame.payloadText());
    }
    return all;
  }
}
