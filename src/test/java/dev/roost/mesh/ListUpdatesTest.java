package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Audience;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.sim.SimLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * When lists wait for each other: beyond a budget of 32 MiB, of which 16 come again each second, and for a second at most. Here are eight receivers of lists of a mebibyte, so an
 * update costs a quarter of what may be sent at once.
 */
class ListUpdatesTest {
  private final SimLoop loop = new SimLoop();
  private final Audience audience = new Audience();
  private final List<Receiver> members = IntStream.range(0, 8).mapToObj(i -> new Receiver(loop)).toList();
  private int version;
  private int asked;
  private int length = (1 << 20) - 10;
  private final ListUpdates lists = new ListUpdates(loop, audience, this::list, 2 << 20);

  private Frame list() {
    asked++;
    return Frame.binary(ByteBuffer.allocate(length).putInt(version).array(), 0, length);
  }

  private void change() {
    version++;
    loop.run(lists::send);
  }

  /** The versions that everybody got since the last look; they must be the same for all. */
  private List<Integer> got() {
    List<Integer> first = versions(members.getFirst());
    members.stream().skip(1).forEach(member -> assertThat(versions(member)).isEqualTo(first));
    return first;
  }

  private static List<Integer> versions(Receiver member) {
    List<Integer> versions = member.frames.stream().map(frame -> ByteBuffer.wrap(frame.wire()).getInt(frame.payloadStart())).toList();
    member.frames.clear();
    return versions;
  }

  @Test
  @DisplayName("Within the budget at once; it may be replaced by a newer one")
  void atOnce() {
    members.forEach(audience::add);
    for (int i = 1; i <= 4; i++) {
      change();
      assertThat(got()).containsExactly(i);
    }
    assertThat(members.getFirst().deliveries).extracting(Delivery::toString).containsOnly("LATEST(client-list-update)");
    assertThat(loop.timers()).isZero();
  }

  @Test
  @DisplayName("Beyond it after a second, all changes in one, as it is then")
  void waits() {
    members.forEach(audience::add);
    for (int i = 1; i <= 50; i++) {
      change();
    }
    assertThat(got()).containsExactly(1, 2, 3, 4);
    assertThat(asked).as("lists are not even made while they wait").isEqualTo(5);
    loop.passMillis(600);
    change();
    loop.passMillis(399);
    version = 99;
    assertThat(got()).isEmpty();
    loop.passMillis(1);

    assertThat(got()).containsExactly(99);
    loop.passMillis(10_000);
    assertThat(got()).as("and that was it").isEmpty();
  }

  @Test
  @DisplayName("The budget comes again, 16 MiB a second, and no more than it was")
  void comesAgain() {
    members.forEach(audience::add);
    for (int i = 1; i <= 4; i++) {
      change();
    }
    got();
    loop.passMillis(499);
    change();
    assertThat(got()).as("not quite half a second").isEmpty();
    loop.passMillis(1_000);
    assertThat(got()).containsExactly(5);
    loop.passMillis(3_600_000);
    for (int i = 6; i <= 20; i++) {
      change();
    }
    assertThat(got()).containsExactly(6, 7, 8, 9);
  }

  @Test
  @DisplayName("What explains the next message goes ahead of it, reliable, as long as the budget lasts and it is not too long")
  void ahead() {
    members.forEach(audience::add);
    version = 1;
    loop.run(lists::sendAhead);
    assertThat(members.getFirst().deliveries.getLast()).isSameAs(Delivery.RELIABLE);
    assertThat(got()).containsExactly(1);
    length = (2 << 20) + 1;
    loop.run(lists::sendAhead);
    assertThat(got()).as("too long").isEmpty();
    length = (1 << 20) - 10;
    for (int i = 2; i <= 5; i++) {
      change();
    }
    assertThat(got()).containsExactly(2, 3, 4);
    loop.run(lists::sendAhead);
    assertThat(got()).as("beyond the budget").isEmpty();
    loop.passMillis(1_000);
    assertThat(got()).as("the one that waited").containsExactly(5);
  }

  @Test
  @DisplayName("Small lists in a small organisation never wait")
  void small() {
    length = 4_000;
    members.forEach(audience::add);
    for (int i = 1; i <= 1_000; i++) {
      change();
    }
    assertThat(got()).hasSize(1_000).endsWith(1_000);
  }

  @Test
  @DisplayName("Nobody there: nothing is made, nothing waits")
  void nobody() {
    change();

    assertThat(asked).isZero();
    assertThat(loop.timers()).isZero();
  }

  /** Takes megabytes without looking at them. */
  private record Receiver(ConnectionId id, Loop loop, List<Frame> frames, List<Delivery> deliveries) implements Connection {
    Receiver(Loop loop) {
      this(ConnectionId.next(), loop, new ArrayList<>(), new ArrayList<>());
    }

    @Override
    public void send(Frame frame, Delivery delivery) {
      frames.add(frame);
      deliveries.add(delivery);
    }

    @Override
    public void close(CloseReason reason) {
      throw new AssertionError("Nobody is closed for lists: " + reason);
    }
  }
}
