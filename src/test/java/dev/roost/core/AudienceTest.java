package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AudienceTest {
  private final SimLoop here = new SimLoop();
  private final SimLoop there = new SimLoop();
  private final Audience audience = new Audience();

  @Test
  void everyMemberOnEveryLoopGetsTheWholeMessage() {
    List<SimConnection> members = IntStream.range(0, 10).mapToObj(i -> new SimConnection(i % 2 == 0 ? here : there)).toList();
    members.forEach(audience::add);
    here.run(() -> {
      audience.send(Frame.text("one"), Delivery.RELIABLE);
      audience.send(Frame.text("two"), Delivery.RELIABLE);
    });
    there.run();
    // A shared buffer that its first reader consumes would leave the others with nothing.
    assertThat(members).allSatisfy(member -> assertThat(member.take()).containsExactly("one", "two"));
  }

  @Test
  void aMessageIsOneTaskALoop() {
    CountingLoop loop = new CountingLoop();
    IntStream.range(0, 100).forEach(i -> audience.add(new SimConnection(loop)));
    audience.send(Frame.text("x"), Delivery.RELIABLE);
    assertThat(loop.tasks).isEqualTo(1);
  }

  @Test
  void membershipCountsAtTheMomentOfSending() {
    SimConnection early = new SimConnection(there);
    SimConnection late = new SimConnection(there);
    audience.add(early);
    audience.send(Frame.text("first"), Delivery.RELIABLE);
    audience.add(late);
    audience.remove(early);
    audience.send(Frame.text("second"), Delivery.RELIABLE);
    there.run();
    assertThat(early.take()).containsExactly("first");
    assertThat(late.take()).containsExactly("second");
  }

  @Test
  void whoIsExceptedGetsNothing() {
    List<SimConnection> members = IntStream.range(0, 6).mapToObj(i -> new SimConnection(i % 2 == 0 ? here : there)).toList();
    members.forEach(audience::add);
    here.run(() -> {
      audience.sendToOthers(members.get(0), Frame.text("one"), Delivery.RELIABLE);
      audience.sendToOthers(Set.of(members.get(1), members.get(2)), Frame.text("two"), Delivery.RELIABLE);
    });
    there.run();
    assertThat(members.get(0).take()).containsExactly("two");
    assertThat(members.subList(1, 3)).allSatisfy(member -> assertThat(member.take()).containsExactly("one"));
    assertThat(members.subList(3, 6)).allSatisfy(member -> assertThat(member.take()).containsExactly("one", "two"));
  }

  @Test
  void addingTwiceAndRemovingStrangersDoesNothing() {
    SimConnection member = new SimConnection(here);
    audience.add(member);
    audience.add(member);
    audience.remove(new SimConnection(here));
    audience.remove(new SimConnection(there));
    assertThat(audience.size()).isEqualTo(1);
    assertThat(audience.members()).containsExactly(member);
    here.run(() -> audience.send(Frame.text("x"), Delivery.RELIABLE));
    assertThat(member.take()).containsExactly("x");
    audience.remove(member);
    assertThat(audience.isEmpty()).isTrue();
  }

  /** Counts what is handed over. */
  private static final class CountingLoop implements Loop {
    private final SimLoop loop = new SimLoop();
    private int tasks;

    @Override
    public boolean inLoop() {
      return false;
    }

    @Override
    public void execute(Runnable task) {
      tasks++;
    }

    @Override
    public Cancellable after(Duration delay, Runnable task) {
      return loop.after(delay, task);
    }

    @Override
    public Instant now() {
      return loop.now();
    }

    @Override
    public long nanos() {
      return loop.nanos();
    }
  }
}
