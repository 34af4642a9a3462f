package dev.roost.mesh;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who should be in office, by the table of section 2.3, a row at a time and in the fewest words; for the simulations. Times count from the beginning of the schedule. */
final class ElectionModel {
  private final long delay;
  final Map<String, Standing> candidates = new TreeMap<>();
  final TreeSet<String> mainAdmins = new TreeSet<>();
  State state = State.EMPTY;
  /** Of TEMP and MAIN. */
  Optional<String> holder = Optional.empty();
  /** Of PENDING. */
  long deadline;
  /** How often the office has changed hands. */
  long changes;

  enum State { EMPTY, PENDING, TEMP, MAIN }

  record Standing(int priority, long order) {

    boolean beats(Standing other) {
      return priority > other.priority || priority == other.priority && order < other.order;
    }
  }

  ElectionModel(long delay) {
    this.delay = delay;
  }

  /** A candidate comes, or says something else of itself. */
  void stands(String id, int priority, long order, long now) {
    boolean wasPending = state == State.PENDING;
    candidates.put(id, new Standing(priority, order));
    if (state == State.EMPTY) {
      vacant(now);
    }
    timeIs(now, wasPending);
  }

  void gone(String id, long now) {
    boolean wasPending = state == State.PENDING;
    candidates.remove(id);
    mainAdmins.remove(id);
    if (holder.equals(Optional.of(id))) {
      succeed(now);
    } else if (state == State.PENDING && candidates.isEmpty()) {
      state = State.EMPTY;
    }
    timeIs(now, wasPending);
  }

  void mainAdminPresent(String id) {
    mainAdmins.add(id);
    if (state != State.MAIN) {
      take(State.MAIN, id);
    }
  }

  void mainAdminAbsent(String id, long now) {
    boolean wasPending = state == State.PENDING;
    mainAdmins.remove(id);
    if (state == State.MAIN && holder.equals(Optional.of(id))) {
      succeed(now);
    }
    timeIs(now, wasPending);
  }

  void timeIs(long now) {
    timeIs(now, state == State.PENDING);
  }

  /** Whether there is an election now. */
  boolean forced(long now) {
    if (state == State.TEMP) {
      vacant(now);
    }
    return state == State.PENDING;
  }

  /** An election that was due before something else happened is held with that. */
  private void timeIs(long now, boolean wasPending) {
    if (wasPending && state == State.PENDING && now >= deadline) {
      take(State.TEMP, best());
    }
  }

  /** O6 and O8. */
  private void succeed(long now) {
    if (mainAdmins.isEmpty()) {
      vacant(now);
    } else {
      take(State.MAIN, mainAdmins.first());
    }
  }

  private void vacant(long now) {
    changes += holder.isPresent() ? 1 : 0;
    holder = Optional.empty();
    state = candidates.isEmpty() ? State.EMPTY : State.PENDING;
    deadline = now + delay;
  }

  private void take(State as, String id) {
    state = as;
    holder = Optional.of(id);
    changes++;
  }

  String best() {
    String best = candidates.keySet().iterator().next();
    for (String id : candidates.keySet()) {
      best = candidates.get(id).beats(candidates.get(best)) ? id : best;
    }
    return best;
  }
}
