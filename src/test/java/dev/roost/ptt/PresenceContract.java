package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.ptt.Presence.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What every engine keeps to (sections 2.2 and 2.7). */
abstract class PresenceContract {
  static final Duration LONG = Duration.ofSeconds(60);
  static final Duration SHORT = Duration.ofMillis(400);

  final List<Update> heard = new CopyOnWriteArrayList<>();
  Presence presence;
  private int markers;

  /** An engine whose listener is {@link #listener}. */
  abstract Presence open(Duration ttl);

  /** Runs on the loop of the engine, with what follows from it at once. */
  abstract void onLoop(Runnable task);

  /** Lets time go by until the condition holds; fails if it never does. */
  abstract void await(String what, BooleanSupplier condition);

  @Test
  void whoRegistersIsOnlineAndEverybodyHearsIt() {
    presence = open(LONG);
    online(session("m", 1));
    awaitTold("m+");
    Update update = heard.getFirst();
    assertThat(update.deviceId()).contains("device-of-m1");
    assertThat(update.role()).contains("mobile");
    assertThat(update.lastSeen()).isPositive().isLessThanOrEqualTo(update.timestamp());
    assertThat(statuses("m")).containsExactly(new Status("m", true, update.lastSeen(), Optional.of("device-of-m1")));
    assertThat(snapshot().users()).containsExactly(new Status("m", true, update.lastSeen(), Optional.of("device-of-m1")));
    assertThat(presence.online()).isEqualTo(1);
  }

  @Test
  void statusesComeInTheOrderOfTheQuestion() {
    presence = open(LONG);
    online(session("gone", 1));
    onLoop(() -> presence.offline(session("gone", 1)));
    online(session("m", 1));
    awaitTold("gone+", "gone-", "m+");
    List<Status> statuses = statuses("m", "gone", "nobody", "m");
    assertThat(statuses).extracting(Status::userId).containsExactly("m", "gone", "nobody", "m");
    assertThat(statuses).extracting(Status::isOnline).containsExactly(true, false, false, true);
    assertThat(statuses.get(1).lastSeen()).isPositive();
    assertThat(statuses.get(1).deviceId()).contains("device-of-gone1");
    assertThat(statuses.get(2)).isEqualTo(Status.unknown("nobody"));
    assertThat(statuses()).isEmpty();
  }

  @Test
  void everyRegistrationIsToldWithAGrowingTimestamp() {
    presence = open(LONG);
    for (int i = 1; i <= 5; i++) {
      online(session("m", i));
    }
    onLoop(() -> presence.offline(session("m", 5)));
    awaitTold("m+", "m+", "m+", "m+", "m+", "m-");
    assertThat(heard.stream().filter(update -> update.userId().equals("m")).map(Update::timestamp).toList()).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void heartbeatsKeepAUserOnlineWithoutBeingTold() {
    presence = open(Duration.ofMillis(1000));
    online(session("m", 1));
    awaitTold("m+");
    long begun = heard.getFirst().lastSeen();
    online(session("silent", 1));
    AtomicReference<Boolean> written = new AtomicReference<>();
    await("the end of who is silent", () -> {
      onLoop(() -> presence.heartbeat(session("m", 1), written::set));
      return heard.stream().anyMatch(update -> update.userId().equals("silent") && !update.isOnline());
    });
    assertThat(written.get()).isTrue();
    assertThat(statuses("m").getFirst().isOnline()).isTrue();
    assertThat(statuses("m").getFirst().lastSeen()).isGreaterThan(begun);
    assertThat(snapshot().users()).extracting(Status::userId).contains("m").doesNotContain("silent");
    awaitTold("m+", "silent+", "silent-");
  }

  @Test
  void whoIsSilentIsOfflineOnceAndComesBackWithAHeartbeat() {
    presence = open(SHORT);
    online(session("m", 1));
    await("the end", () -> heard.size() == 2);
    assertThat(presence.expired()).isEqualTo(1);
    assertThat(presence.online()).isZero();
    assertThat(heard.getLast().lastSeen()).isEqualTo(heard.getFirst().lastSeen());
    assertThat(heard.getLast().deviceId()).contains("device-of-m1");
    assertThat(statuses("m").getFirst()).isEqualTo(heard.getLast().status());
    beat(session("m", 1));
    await("the return", () -> heard.size() == 3);
    assertThat(told()).containsExactly("m+", "m-", "m+");
    await("the second end", () -> heard.size() == 4);
    awaitTold("m+", "m-", "m+", "m-");
  }

  @Test
  void aCloseIsToldAtOnceAndOnlyOnce() {
    presence = open(LONG);
    online(session("m", 1));
    awaitTold("m+");
    long begun = heard.getFirst().lastSeen();
    onLoop(() -> presence.offline(session("m", 1)));
    onLoop(() -> presence.offline(session("m", 1)));
    awaitTold("m+", "m-");
    assertThat(statuses("m").getFirst().isOnline()).isFalse();
    assertThat(statuses("m").getFirst().lastSeen()).isGreaterThanOrEqualTo(begun);
    assertThat(presence.expired()).isZero();
  }

  @Test
  void theEndOfAnOlderSessionChangesNothing() {
    presence = open(LONG);
    online(session("m", 1));
    online(session("m", 2));
    onLoop(() -> presence.offline(session("m", 1)));
    awaitTold("m+", "m+");
    assertThat(statuses("m").getFirst().deviceId()).contains("device-of-m2");
    onLoop(() -> presence.offline(session("m", 2)));
    awaitTold("m+", "m+", "m-");
  }

  @Test
  void anEarlierLoginNeverOverwritesALaterOne() {
    presence = open(LONG);
    online(session("m", 2));
    online(session("m", 1));
    awaitTold("m+");
    onLoop(() -> presence.offline(session("m", 2)));
    online(session("m", 1));
    awaitTold("m+", "m-");
  }

  @Test
  void anUnknownLoginCountsWhereNobodyIsOnline() {
    presence = open(LONG);
    online(session("m", 7));
    online(session("m", 0));
    awaitTold("m+");
    onLoop(() -> presence.offline(session("m", 7)));
    online(session("m", 0));
    awaitTold("m+", "m-", "m+");
    online(session("m", 8));
    awaitTold("m+", "m-", "m+", "m+");
  }

  @Test
  void aHeartbeatTakesOver() {
    presence = open(LONG);
    online(session("m", 2));
    beat(session("m", 1));
    onLoop(() -> presence.offline(session("m", 2)));
    awaitTold("m+");
    onLoop(() -> presence.offline(session("m", 1)));
    awaitTold("m+", "m-");
  }

  @Test
  void extendingKeepsAUserOnlineAndBringsNobodyBack() {
    presence = open(Duration.ofMillis(1000));
    onLoop(() -> presence.extend(session("never", 1)));
    online(session("m", 1));
    online(session("silent", 1));
    await("the end of who is silent", () -> {
      onLoop(() -> presence.extend(session("m", 1)));
      return heard.stream().anyMatch(update -> update.userId().equals("silent") && !update.isOnline());
    });
    onLoop(() -> presence.extend(session("silent", 1)));
    awaitTold("m+", "silent+", "silent-");
    assertThat(statuses("m", "silent", "never")).extracting(Status::isOnline).containsExactly(true, false, false);
  }

  @Test
  void aSnapshotHasWhatWasToldAndIsNotChangedAfterwards() {
    presence = open(LONG);
    assertThat(snapshot().users()).isEmpty();
    online(session("a", 1));
    online(session("b", 1));
    awaitTold("a+", "b+");
    Snapshot before = snapshot();
    assertThat(before.users()).extracting(Status::userId).contains("a", "b");
    onLoop(() -> presence.offline(session("a", 1)));
    awaitTold("a+", "b+", "a-");
    assertThat(snapshot().users()).extracting(Status::userId).contains("b").doesNotContain("a");
    assertThat(before.users()).extracting(Status::userId).contains("a", "b");
    assertThatThrownBy(() -> before.users().clear()).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void idsAreWhateverTheyAre() {
    presence = open(SHORT);
    List<String> ids = List.of("a:b", ":", "constructor", "__proto__", "../x", "quote\"back\\slash/", "ü😀", "7", "x".repeat(128));
    ids.forEach(id -> online(session(id, 1)));
    await("all of them", () -> ids.stream().allMatch(id -> heard.stream().anyMatch(update -> update.userId().equals(id) && update.isOnline())));
    await("the end of all", () -> ids.stream().allMatch(id -> heard.stream().anyMatch(update -> update.userId().equals(id) && !update.isOnline())));
    assertThat(heard).hasSize(2 * ids.size());
    assertThat(presence.expired()).isEqualTo(ids.size());
    assertThat(statuses(ids.toArray(String[]::new))).extracting(Status::userId).containsExactlyElementsOf(ids);
  }

  final Presence.Listener listener() {
    return new Presence.Listener() {
      @Override
      public void changed(Update update) {
        heard.add(update);
      }

      @Override
      public void lost() {
        PresenceContract.this.lost();
      }

      @Override
      public void recovered() {
        PresenceContract.this.recovered();
      }
    };
  }

  void lost() {}

  void recovered() {}

  static Session session(String userId, long order) {
    return new Session(userId, "device-of-" + userId + order, order, "c" + order);
  }

  final void online(Session session) {
    onLoop(() -> presence.online(session));
  }

  /** A heartbeat that is written when this returns. */
  final void beat(Session session) {
    AtomicReference<Boolean> written = new AtomicReference<>();
    onLoop(() -> presence.heartbeat(session, written::set));
    await("the heartbeat", () -> written.get() != null);
    assertThat(written.get()).isTrue();
  }

  final List<Status> statuses(String... userIds) {
    return answer(() -> presence.statuses(List.of(userIds)));
  }

  final Snapshot snapshot() {
    return answer(presence::snapshot);
  }

  final <T> T answer(Supplier<CompletionStage<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    onLoop(() -> question.get().whenComplete((value, failure) -> {
      if (failure == null) {
        answer.complete(value);
      } else {
        answer.completeExceptionally(failure);
      }
    }));
    return answer.orTimeout(5, TimeUnit.SECONDS).join();
  }

  /** These and nothing else is told, + for online: what comes behind is told behind it. */
  final void awaitTold(String... expected) {
    await(List.of(expected) + " but only " + told(), () -> told().size() >= expected.length);
    String marker = "marker" + ++markers;
    online(session(marker, 1));
    await("the marker behind " + List.of(expected), () -> heard.stream().anyMatch(update -> update.userId().equals(marker)));
    assertThat(told()).containsExactly(expected);
    onLoop(() -> presence.offline(session(marker, 1)));
    await("the end of the marker", () -> heard.stream().anyMatch(update -> update.userId().equals(marker) && !update.isOnline()));
    heard.removeIf(update -> update.userId().equals(marker));
  }

  private List<String> told() {
    List<String> told = new ArrayList<>();
    for (Update update : heard) {
      if (!update.userId().startsWith("marker")) {
        told.add(update.userId() + (update.isOnline() ? "+" : "-"));
      }
    }
    return told;
  }
}
