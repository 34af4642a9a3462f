package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.Election.Candidate;
import dev.roost.mesh.Election.Office;
import dev.roost.mesh.Election.Pending;
import dev.roost.mesh.Election.Temporary;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** An {@link Election} without sockets and without a clock. The delay is 100, and devices come in the order in which they are named first. */
abstract class ElectionScript {
  static final long DELAY = 100;
  static final long FIRST_TERM = 1_000;

  final Election election = new Election(DELAY, FIRST_TERM);
  final Map<String, Long> order = new HashMap<>();

  final Candidate candidate(String id, int priority) {
    return new Candidate(id, priority, order.computeIfAbsent(id, i -> order.size() + 1L));
  }

  final void stand(String id, int priority, long now) {
    election.stand(candidate(id, priority), now);
  }

  final void stand(String id, long now) {
    stand(id, 11, now);
  }

  final void mainAdmin(String id, long now) {
    stand(id, now);
    election.mainAdminPresent(id, now);
  }

  final void assertOffice(Office office) {
    assertThat(election.office()).isEqualTo(office);
    assertThat(election.deadline()).isEqualTo(office instanceof Pending(long deadline) ? Optional.of(deadline) : Optional.empty());
  }

  /** X has won an election at 100. */
  final void elected(String id) {
    stand(id, 0);
    election.passTime(DELAY);
    assertOffice(new Temporary(id));
  }
}
