package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.Election.Candidate;
import dev.roost.mesh.ElectionModel.State;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that can happen to an election, beside a model that was written from the contract. After every step the office is what the model says, and the
 * invariants of section 2.3 hold by themselves. A failure names the seed and the step; {@code -Dmesh.seed=N} does that schedule alone again, and
 * {@code -Dmesh.schedules=N} does so many.
 */
class ElectionSimulationTest {
  private static final int SCHEDULES = 10_000;
  private static final int LONGEST = 300;
  private static final List<String> DEVICES = List.of("A", "B", "C", "D", "E", "F", "G", "a", "10", "9");

  @Test
  @DisplayName("2.3 One office holder at most, always one that stands; no starvation, no pre-emption; the best one wins")
  void invariants() {
    Map<State, Integer> states = new TreeMap<>();
    for (long seed : seeds(SCHEDULES)) {
      Schedule schedule = new Schedule(seed);
      for (int step = 1; step <= schedule.steps; step++) {
        schedule.step(step);
        states.merge(schedule.model.state, 1, Integer::sum);
      }
    }
    // Schedules that miss a state would prove nothing of it.
    assertThat(states.keySet()).containsExactly(State.values());
  }

  /** Those of a run: the one that was asked for, or as many as were asked for, or so many. */
  static long[] seeds(int count) {
    Long one = Long.getLong("mesh.seed");
    return one == null ? LongStream.rangeClosed(1, Integer.getInteger("mesh.schedules", count)).toArray() : new long[] {one};
  }

  private static final class Schedule {
    private final long seed;
    private final SplittableRandom random;
    final int steps;
    private final long delay;
    /** Of the clock; it may run over. */
    private final long origin;
    /** How late timers may be; 0 in most schedules. */
    private final long lateness;
    private final Election election;
    final ElectionModel model;
    private final Map<String, Long> order = new TreeMap<>();
    private long now;
    private long nextOrder = 1;

    // What was before the step
    private Optional<String> holderBefore = Optional.empty();
    private State stateBefore = State.EMPTY;
    private long deadlineBefore;
    private long termBefore;
    private final long firstTerm;

    Schedule(long seed) {
      this.seed = seed;
      random = new SplittableRandom(seed);
      steps = random.nextInt(100, LONGEST + 1);
      delay = random.nextInt(8) == 0 ? 0 : random.nextLong(1, 3_000);
      origin = switch (random.nextInt(3)) {
        case 0 -> 0;
        case 1 -> Long.MAX_VALUE - random.nextInt(100_000);
        default -> random.nextLong();
      };
      lateness = random.nextInt(3) == 0 ? random.nextLong(1, 10_000) : 0;
      firstTerm = random.nextLong(1L << 50);
      termBefore = firstTerm;
      election = new Election(delay, firstTerm);
      model = new ElectionModel(delay);
    }

    void step(int step) {
      boolean forced = false;
      letTimePass(step);
      String id = DEVICES.get(random.nextInt(DEVICES.size()));
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> stand(id);
        case 4, 5, 6 -> withdraw(id);
        case 7 -> model.holder.ifPresent(this::withdraw);
        case 8, 9 -> mainAdminSpeaks(id);
        case 10, 11 -> mainAdminIsSilent(id);
        case 12 -> model.holder.ifPresent(this::mainAdminIsSilent);
        case 13 -> mainAdminIsSilent(model.mainAdmins.isEmpty() ? id : model.mainAdmins.last());
        case 14 -> forced = force();
        default -> passTime();
      }
      check(step, forced);
    }

    /** Punctual timers run at their deadline, late ones some time after; so nothing else happens between a deadline and its election unless they are late. */
    private void letTimePass(int step) {
      long end = now + switch (random.nextInt(5)) {
        case 0 -> 0;
        case 1 -> random.nextLong(1 + delay);
        case 2 -> model.state == State.PENDING ? Math.max(0, model.deadline - now - random.nextInt(2)) : 1;
        case 3 -> random.nextLong(10_000);
        default -> random.nextLong(100);
      };
      long due = model.deadline + (lateness == 0 ? 0 : random.nextLong(lateness));
      if (model.state == State.PENDING && due <= end) {
        now = Math.max(now, due);
        passTime();
        check(step, false);
      }
      now = end;
    }

    private void stand(String id) {
      long seq = order.computeIfAbsent(id, i -> nextOrder++);
      int priority = random.nextInt(10, 14);
      election.stand(new Candidate(id, priority, seq), origin + now);
      model.stands(id, priority, seq, now);
    }

    private void withdraw(String id) {
      order.remove(id);
      election.withdraw(id, origin + now);
      model.gone(id, now);
    }

    /** It stands already. */
    private void mainAdminSpeaks(String id) {
      if (model.candidates.containsKey(id)) {
          election.mainAdminPresent(id, origin + now);
        model.mainAdminPresent(id);
      }
    }

    private void mainAdminIsSilent(String id) {
      election.mainAdminAbsent(id, origin + now);
      model.mainAdminAbsent(id, now);
    }

    private boolean force() {
      boolean electing = model.forced(now);
      that(election.force(origin + now) == electing, "force");
      return true;
    }

    private void passTime() {
      election.passTime(origin + now);
      model.timeIs(now);
    }

    // ---- What must hold

    private void check(int step, boolean forced) {
      try {
        likeTheModel();
        byItself(forced);
      } catch (AssertionError e) {
        throw new AssertionError("-Dmesh.seed=" + seed + ", step " + step + ": " + e.getMessage() + "; at " + now + " with a delay of " + delay + " the office is " + election.office()
            + ", term " + election.term() + ", and the model says " + model.state + " " + model.holder + " until " + model.deadline + ", candidates " + model.candidates, e);
      }
      holderBefore = election.office().holder();
      stateBefore = stateOf(election.office());
      deadlineBefore = election.deadline().orElse(origin) - origin;
      termBefore = election.term();
    }

    private void likeTheModel() {
      that(stateOf(election.office()) == model.state, "the office");
      that(election.office().holder().equals(model.holder), "the holder");
      that(model.state != State.PENDING || election.deadline().orElseThrow() - origin == model.deadline, "the deadline");
      that(election.term() == firstTerm + model.changes, "the term");
      that(election.candidateCount() == model.candidates.size(), "candidates");
      for (String id : DEVICES) {
        that(election.hasCandidate(id) == model.candidates.containsKey(id), "a candidate");
      }
    }

    /** The invariants, said once more without the model's state machine. */
    private void byItself(boolean forced) {
      State state = stateOf(election.office());
      Optional<String> holder = election.office().holder();
      that(holder.isEmpty() || model.candidates.containsKey(holder.get()), "the holder stands");
      that(holder.isPresent() == (state == State.TEMP || state == State.MAIN), "somebody is in office in TEMP and MAIN only");
      that(model.mainAdmins.isEmpty() == (state != State.MAIN), "a present main admin means MAIN, and nothing else does");
      that(state != State.MAIN || model.mainAdmins.contains(holder.get()), "MAIN is a present main admin");
      that(!(state == State.EMPTY && !model.candidates.isEmpty()), "somebody stands, and nothing happens");
      that(election.deadline().isPresent() == (state == State.PENDING), "a deadline belongs to PENDING");
      that(election.deadline().isEmpty() || election.deadline().get() - origin <= now + delay, "a vacancy ends within the delay");
      that(!(state == State.PENDING && stateBefore == State.PENDING) || election.deadline().orElseThrow() - origin == deadlineBefore, "a deadline is put off");
      boolean sameHands = holder.equals(holderBefore) && (state == State.MAIN) == (stateBefore == State.MAIN);
      that(sameHands ? election.term() == termBefore : election.term() > termBefore, "the term grows exactly with the changes");
      boolean hadToStay = stateBefore == State.TEMP && model.candidates.containsKey(holderBefore.get()) && model.mainAdmins.isEmpty() && !forced;
      that(!hadToStay || holder.equals(holderBefore), "pre-emption");
      that(!(state == State.TEMP && stateBefore != State.TEMP) || isBest(holder.get()), "the winner is the best");
    }

    private boolean isBest(String winner) {
      return model.candidates.values().stream().noneMatch(other -> other.beats(model.candidates.get(winner)));
    }

    private static State stateOf(Election.Office office) {
      return switch (office) {
        case Election.Empty empty -> State.EMPTY;
        case Election.Pending pending -> State.PENDING;
        case Election.Temporary temporary -> State.TEMP;
        case Election.Main main -> State.MAIN;
      };
    }

    private static void that(boolean holds, String what) {
      if (!holds) {
        throw new AssertionError(what);
      }
    }
  }
}
