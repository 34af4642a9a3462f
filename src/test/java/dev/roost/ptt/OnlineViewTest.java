package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What one server knows of who is online. */
class OnlineViewTest {
  private final OnlineView view = new OnlineView();

  @Test
  void aSnapshotIsTheSameUntilSomebodyComesOrGoes() {
    apply("a", true);
    Snapshot first = view.snapshot(5);
    view.seen("a", 77);
    view.seen("nobody", 77);
    assertThat(view.snapshot(6)).isSameAs(first);
    apply("b", true);
    assertThat(view.snapshot(7).users()).extracting(Status::userId, Status::lastSeen).containsExactlyInAnyOrder(tuple("a", 77L), tuple("b", 1L));
    assertThat(view.snapshot(8).timestamp()).isEqualTo(7);
    apply("b", false);
    assertThat(view.snapshot(9).users()).hasSize(1);
    assertThat(first.users()).extracting(Status::lastSeen).containsExactly(1L);
  }

  @Test
  void aHeartbeatCountsForMoreThanWhatAScanFindsThatBeganBefore() {
    apply("a", true);
    view.snapshot(1);
    view.scanBegins();
    view.seen("a", 77);
    view.scanEnds(new HashMap<>(Map.of("a", new Status("a", true, 3, Optional.empty()))));
    assertThat(view.snapshot(2).users()).extracting(Status::lastSeen).containsExactly(77L);
  }

  @Test
  void ofASnapshotThePartsAreMadeOnce() {
    apply("a", true);
    apply("b", true);
    Snapshot snapshot = view.snapshot(5);
    assertThat(snapshot.byUser()).containsOnlyKeys("a", "b").isSameAs(snapshot.byUser());
    assertThat(snapshot.encoded(whole -> new byte[whole.users().size()])).hasSize(2).isSameAs(snapshot.encoded(whole -> new byte[0]));
    Snapshot some = snapshot.only(Set.of("b", "c"));
    assertThat(some.users()).extracting(Status::userId).containsExactly("b");
    assertThat(some.timestamp()).isEqualTo(5);
  }

  private void apply(String userId, boolean isOnline) {
    view.apply(new Update(userId, isOnline, 1, 1, Optional.empty(), Optional.empty(), 0));
  }
}
