package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class MemoryPresenceTest extends PresenceContract {
  private static final int MOST_STEPS = 100_000;

  private final SimLoop loop = new SimLoop();
  private int changes;

  @Override
  Presence open(Duration ttl) {
    return new MemoryPresence(loop, ttl, listener());
  }

  @Override
  void onLoop(Runnable task) {
    loop.run(task);
  }

  @Override
  void await(String what, BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertThat(i).as(what).isLessThan(MOST_STEPS);
      loop.passMillis(1);
    }
  }

  @Test
  void theTimeToLiveIsExact() {
    presence = open(Duration.ofSeconds(60));
    online(session("a", 1));
    loop.passMillis(59_000);
    beat(session("a", 1));
    online(session("b", 1));
    loop.passMillis(59_999);
    assertThat(presence.online()).isEqualTo(2);
    loop.passMillis(1);
    assertThat(presence.online()).isZero();
    assertThat(presence.expired()).isEqualTo(2);
    assertThat(heard).extracting(Update::userId).containsExactly("a", "b", "a", "b");
    assertThat(heard.getLast().timestamp() - heard.get(1).timestamp()).isEqualTo(60_000);
  }

  @Test
  void aHundredThousandUsersHaveOneTimer() {
    presence = new MemoryPresence(loop, LONG, new Presence.Listener() {
      @Override
      public void changed(Update update) {
        changes++;
      }

      @Override
      public void lost() {}

      @Override
      public void recovered() {}
    });
    loop.run(() -> {
      for (int i = 0; i < 100_000; i++) {
        presence.online(session("u" + i, 1));
        presence.heartbeat(session("u" + i, 1), _ -> {});
      }
    });
    assertThat(loop.timers()).isEqualTo(1);
    assertThat(snapshot().users()).hasSize(100_000);
    loop.run(() -> {
      for (int i = 0; i < 100_000; i++) {
        presence.offline(session("u" + i, 1));
      }
    });
    assertThat(loop.timers()).isZero();
    assertThat(changes).isEqualTo(200_000);
    assertThat(presence.online()).isZero();
  }

  @Test
  void aSnapshotIsTheSameUntilSomebodyComesOrGoesAndForASecond() {
    presence = open(LONG);
    online(session("m", 1));
    Snapshot first = snapshot();
    beat(session("m", 1));
    loop.passMillis(1_000);
    assertThat(snapshot()).isSameAs(first);
    online(session("n", 1));
    Snapshot second = snapshot();
    assertThat(second.users()).hasSize(2);
    onLoop(() -> presence.offline(session("n", 1)));
    assertThat(snapshot().users()).hasSize(1);
    loop.passMillis(5_000);
    beat(session("m", 1));
    loop.passMillis(1_001);
    assertThat(snapshot().users().getFirst().lastSeen()).isEqualTo(loop.now().toEpochMilli() - 1_001);
  }

  @Test
  void theLongestGoneAreForgotten() {
    presence = new MemoryPresence(loop, LONG, listener(), 2);
    for (String userId : new String[] {"a", "b", "c"}) {
      online(session(userId, 1));
      onLoop(() -> presence.offline(session(userId, 1)));
    }
    assertThat(statuses("a").getFirst()).isEqualTo(Status.unknown("a"));
    assertThat(statuses("b").getFirst().lastSeen()).isPositive();
    assertThat(statuses("c").getFirst().lastSeen()).isPositive();
  }
}
