package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of the outbox under seeded random use by a reader that is sometimes slow; the seed is in the message of a failure. */
class OutboxRandomTest {
  private static final int BOUND = 2_000;
  private static final int STEPS = 20_000;

  private final List<Sent> sent = new ArrayList<>();
  private final List<Sent> got = new ArrayList<>();
  private final Map<String, Sent> byText = new HashMap<>();
  private long droppedDroppable;
  private long superseded;
  private boolean overflow;

  private record Sent(int number, Delivery delivery, String text) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void promisesHold(long seed) {
    Random random = new Random(seed);
    Outbox outbox = new Outbox(BOUND, (kind, bytes) -> {
      if (kind == Delivery.Kind.DROPPABLE) {
        droppedDroppable++;
      } else {
        superseded++;
      }
    });
    int readerSpeed = 1 + random.nextInt(9);
    for (int step = 0; step < STEPS && !overflow; step++) {
      if (random.nextInt(10) < readerSpeed) {
        read(outbox);
      } else {
        offer(outbox, random);
      }
      assertThat(outbox.bytes() <= BOUND || outbox.size() == 1 || overflow).as("bound, seed %d, step %d", seed, step).isTrue();
    }
    while (!outbox.isEmpty()) {
      read(outbox);
    }
    assertThat(outbox.bytes()).isZero();
    assertThat(outbox.size()).isZero();
    checkOrder(seed);
    checkCompleteness(seed);
  }

  private void offer(Outbox outbox, Random random) {
    Delivery delivery = switch (random.nextInt(10)) {
      case 0 -> Delivery.RELIABLE;
      case 1, 2 -> Delivery.latest("k" + random.nextInt(4));
      default -> Delivery.DROPPABLE;
    };
    int number = sent.size();
    Sent message = new Sent(number, delivery, number + " " + "x".repeat(random.nextInt(300)));
    sent.add(message);
    byText.put(message.text, message);
    overflow = !outbox.offer(Frame.text(message.text), delivery);
  }

  private void read(Outbox outbox) {
    Frame frame = outbox.poll();
    if (frame != null) {
      got.add(byText.get(frame.payloadText()));
    }
  }

  /** No frame moves past a RELIABLE one; DROPPABLE among themselves and LATEST of one key keep their order; nothing comes twice. */
  private void checkOrder(long seed) {
    Map<String, Integer> lastOfStream = new HashMap<>();
    int lastReliable = -1;
    int highest = -1;
    Set<Integer> seen = new HashSet<>();
    for (Sent message : got) {
      assertThat(seen.add(message.number)).as("once, seed %d", seed).isTrue();
      assertThat(message.number).as("nothing falls behind a reliable frame, seed %d", seed).isGreaterThan(lastReliable);
      assertThat(message.number).as("order within a stream, seed %d", seed).isGreaterThan(lastOfStream.getOrDefault(message.delivery.toString(), -1));
      lastOfStream.put(message.delivery.toString(), message.number);
      if (message.delivery.kind() == Delivery.Kind.RELIABLE) {
        assertThat(message.number).as("a reliable frame is not overtaken, seed %d", seed).isGreaterThan(highest);
        lastReliable = message.number;
      }
      highest = Math.max(highest, message.number);
    }
  }

  /** Every RELIABLE frame arrives, the newest LATEST of each key arrives, and whatever else is missing was counted. */
  private void checkCompleteness(long seed) {
    Set<Integer> arrived = new HashSet<>();
    got.forEach(message -> arrived.add(message.number));
    Map<String, Sent> newest = new HashMap<>();
    long missingDroppable = 0;
    long missingLatest = 0;
    for (Sent message : sent) {
      boolean missing = !arrived.contains(message.number);
      switch (message.delivery.kind()) {
        case RELIABLE -> assertThat(missing).as("reliable %d arrives, seed %d", message.number, seed).isFalse();
        case LATEST -> {
          newest.put(message.delivery.toString(), message);
          missingLatest += missing ? 1 : 0;
        }
        case DROPPABLE -> missingDroppable += missing ? 1 : 0;
      }
    }
    newest.values().forEach(message -> assertThat(arrived).as("the newest %s arrives, seed %d", message.delivery, seed).contains(message.number));
    assertThat(missingDroppable).as("drops are counted, seed %d", seed).isEqualTo(droppedDroppable);
    assertThat(missingLatest).as("superseded frames are counted, seed %d", seed).isEqualTo(superseded);
  }
}
