package dev.roost.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LivenessTest {
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final SimLoop loop = new SimLoop();
  private final Liveness liveness = new Liveness(loop, INTERVAL);

  @Test
  void aSilentPeerIsLostAfterOneToTwoIntervals() {
    Peer dead = new Peer(false);
    liveness.watch(dead);
    loop.pass(INTERVAL);
    assertThat(dead.lost).isFalse();
    loop.pass(INTERVAL);
    assertThat(dead.lost).isTrue();
    assertThat(dead.pings).isEqualTo(1);
  }

  @Test
  void nobodyIsPingedWhoHasOnlyJustCome() {
    for (int i = 0; i < 100; i++) {
      Peer newcomer = new Peer(true);
      liveness.watch(newcomer);
      loop.pass(Duration.ofSeconds(19));
      assertThat(newcomer.pings).isZero();
    }
  }

  @Test
  void aPeerThatAnswersLivesOn() {
    Peer alive = new Peer(true);
    liveness.watch(alive);
    loop.pass(INTERVAL.multipliedBy(100));
    assertThat(alive.lost).isFalse();
    assertThat(alive.pings).isBetween(99, 101);
  }

  @Test
  void aCrowdIsNotPingedAtOnce() {
    List<Peer> crowd = IntStream.range(0, 3_200).mapToObj(i -> new Peer(true)).toList();
    crowd.forEach(liveness::watch);
    int most = 0;
    int before = 0;
    for (int i = 0; i < 100; i++) {
      loop.pass(Duration.ofMillis(300));
      int sum = crowd.stream().mapToInt(peer -> peer.pings).sum();
      most = Math.max(most, sum - before);
      before = sum;
    }
    assertThat(before).isEqualTo(3_200);
    assertThat(most).isEqualTo(320);
  }

  @Test
  void oneTimerServesAllAndNoneIsLeft() {
    List<Liveness.Watched> watched = new ArrayList<>();
    IntStream.range(0, 1_000).forEach(i -> watched.add(liveness.watch(new Peer(true))));
    assertThat(loop.timers()).isEqualTo(1);
    watched.forEach(Liveness.Watched::stop);
    watched.forEach(Liveness.Watched::stop);
    assertThat(liveness.size()).isZero();
    assertThat(loop.timers()).isZero();
  }

  @Test
  void manyThatAreLostInOneVisitDoNotHideEachOther() {
    List<Peer> peers = IntStream.range(0, 500).mapToObj(i -> new Peer(i % 3 == 0)).toList();
    peers.forEach(liveness::watch);
    loop.pass(INTERVAL.multipliedBy(3));
    assertThat(peers).allSatisfy(peer -> assertThat(peer.lost).isEqualTo(!peer.answers));
    assertThat(liveness.size()).isEqualTo(167);
  }

  @Test
  void aPeerThatMayMissSeveralPingsIsLostAfterSoManyAndNoSooner() {
    for (int missed = 1; missed <= 4; missed++) {
      Peer dead = new Peer(false);
      liveness.watch(dead, missed);
      loop.pass(INTERVAL.multipliedBy(missed));
      assertThat(dead.lost).as("%s pings", missed).isFalse();
      loop.pass(INTERVAL);
      assertThat(dead.lost).as("%s pings", missed).isTrue();
      assertThat(dead.pings).isEqualTo(missed);
    }
    assertThat(liveness.size()).isZero();
  }

  @Test
  void aSignOfLifeMakesUpForThePingsThatWereMissed() {
    Peer lazy = new Peer(false);
    liveness.watch(lazy, 3);
    for (int round = 0; round < 20; round++) {
      loop.pass(INTERVAL.multipliedBy(3));
      assertThat(lazy.lost).isFalse();
      lazy.heard = true;
    }
    loop.pass(INTERVAL.multipliedBy(5));
    assertThat(lazy.lost).isTrue();
  }

  @Test
  void eachMemberHasItsOwnPatience() {
    Peer impatient = new Peer(false);
    Peer patient = new Peer(false);
    liveness.watch(impatient);
    liveness.watch(patient, 2);
    loop.pass(INTERVAL.multipliedBy(2));
    assertThat(impatient.lost).isTrue();
    assertThat(patient.lost).isFalse();
    loop.pass(INTERVAL);
    assertThat(patient.lost).isTrue();
  }

  private static final class Peer implements Liveness.Member {
    private final boolean answers;
    private boolean heard;
    private boolean lost;
    private int pings;

    Peer(boolean answers) {
      this.answers = answers;
    }

    @Override
    public boolean heardSinceLastVisit() {
      boolean was = heard;
      heard = false;
      return was;
    }

    @Override
    public void ping() {
      pings++;
      heard = answers;
    }

    @Override
    public void lost() {
      lost = true;
    }
  }
}
