package dev.roost.mesh;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Who is in office: section 2.3 of the contract. It knows no sockets and no clock: its owner tells it who is there and what time it is, and asks afterwards
 * what came of it. Single-threaded.
 *
 * <p>Guarantees, after every call: at most one device is in office, and it is one that this election was told of and that has not withdrawn since; {@link #term} never falls, and grows with
 * every change of office; while anybody stands, a vacancy has a {@link #deadline} that is at most one delay away and is never put off.
 */
final class Election {
  private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingInt(Candidate::priority).reversed().thenComparingLong(Candidate::seq);

  private final long delayNanos;
  private final Map<String, Candidate> candidates = new HashMap<>();
  /** The main admins that are present, by id. They are among the candidates, too: when they fall silent, they stand like others. */
  private final TreeSet<String> mainAdmins = new TreeSet<>();
  private Office office = new Empty();
  private long term;

  /** The states of section 2.3. */
  sealed interface Office {

    /** Who it is, if anybody. */
    default Optional<String> holder() {
      return Optional.empty();
    }
  }

  /** Nobody, and nobody stands. */
  record Empty() implements Office {}

  /** Nobody yet; {@code deadline} in the nanoseconds of {@link dev.roost.core.Loop#nanos()}. */
  record Pending(long deadline) implements Office {}

  /** The winner of an election. */
  record Temporary(String deviceId) implements Office {

    @Override
    public Optional<String> holder() {
      return Optional.of(deviceId);
    }
  }

  /** A main admin that is present. */
  record Main(String deviceId) implements Office {

    @Override
    public Optional<String> holder() {
      return Optional.of(deviceId);
    }
  }

  /**
   * Somebody who stands for office.
   *
   * @param seq the order in which the devices came. It is the order of their join times, and unlike these it is total, and a clock that is set back does not change it
   */
  record Candidate(String deviceId, int priority, long seq) {}

  /**
   * @param delayNanos from the vacancy, or the first candidate, to the election
   * @param firstTerm where terms begin: above all terms of earlier elections that devices may remember
   */
  Election(long delayNanos, long firstTerm) {
    this.delayNanos = delayNanos;
    term = firstTerm;
  }

  // ---- What happens

  /** A candidate appears, or its priority changes. */
  void stand(Candidate candidate, long now) {
    candidates.put(candidate.deviceId(), candidate);
    move(next(now));
  }

  /** A device is gone, or is no candidate any more; nothing happens if it was none. */
  void withdraw(String deviceId, long now) {
    candidates.remove(deviceId);
    mainAdmins.remove(deviceId);
    move(next(now));
  }

  /** A main admin, which stands already, is present. */
  void mainAdminPresent(String deviceId, long now) {
    mainAdmins.add(deviceId);
    move(next(now));
  }

  /** A main admin is silent, or is main admin no more; it stays a candidate. */
  void mainAdminAbsent(String deviceId, long now) {
    mainAdmins.remove(deviceId);
    move(next(now));
  }

  /** Time has passed: to be called at the {@link #deadline}. */
  void passTime(long now) {
    move(next(now));
  }

  /**
   * Holds an election though somebody is in office, who stays a candidate. A main admin is not voted on.
   *
   * @return whether there will be an election
   */
  boolean force(long now) {
    if (office instanceof Temporary) {
      move(new Pending(now + delayNanos));
    }
    return office instanceof Pending;
  }

  /** The table of section 2.3: what the office is, now that something has happened. */
  private Office next(long now) {
    if (!mainAdmins.isEmpty()) {
      return switch (office) {
        case Main(String m) when mainAdmins.contains(m) -> office; // O9: first come stays primary
        default -> new Main(mainAdmins.first()); // O7, O8
      };
    }
    if (candidates.isEmpty()) {
      return new Empty(); // O4, O6, O8
    }
    return switch (office) {
      case Temporary(String x) when candidates.containsKey(x) -> office; // O5: no pre-emption
      case Pending(long deadline) when now - deadline < 0 -> office; // O2: the deadline stays
      case Pending due -> new Temporary(winner()); // O3
      default -> new Pending(now + delayNanos); // O1, O6, O8
    };
  }

  private void move(Office next) {
    boolean sameHands = next.holder().equals(office.holder()) && next instanceof Main == office instanceof Main;
    if (!sameHands) {
      term++;
    }
    office = next;
  }

  private String winner() {
    return candidates.values().stream().min(BEST_FIRST).orElseThrow().deviceId();
  }

  // ---- What came of it

  Office office() {
    return office;
  }

  /** Counts the changes of office, vacancies among them. */
  long term() {
    return term;
  }

  /** When {@link #passTime} is due. */
  Optional<Long> deadline() {
    return office instanceof Pending(long deadline) ? Optional.of(deadline) : Optional.empty();
  }

  /** Whether the device stands, or would. */
  boolean hasCandidate(String deviceId) {
    return candidates.containsKey(deviceId);
  }

  int candidateCount() {
    return candidates.size();
  }
}
