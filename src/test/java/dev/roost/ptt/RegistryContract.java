package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What every engine keeps to. */
abstract class RegistryContract {
  private static final AtomicInteger connections = new AtomicInteger();

  /** An engine that knows nobody. */
  abstract Registry registry();

  /** Runs something on the loop of the engine. */
  abstract void onLoop(Runnable task);

  abstract List<String> groupMessages(String groupId);

  abstract List<String> userMessages(String userId);

  @Test
  void aLoginHearsTheDeviceOfTheOneBefore() {
    assertThat(login("ann", "phone").device()).isEmpty();
    assertThat(login("ann", "phone").device()).hasValue("phone");
    assertThat(login("ann", "tablet").device()).hasValue("phone");
    assertThat(login("ann", "phone").device()).hasValue("tablet");
    assertThat(login("bob", "phone").device()).isEmpty();
  }

  @Test
  void whoAsksAgainHearsTheSame() {
    login("ann", "phone");
    for (String device : List.of("tablet", "tablet", "phone")) {
      Registry.Arrival arrival = arrival("ann", device);
      Registry.Login first = login(arrival);
      assertThat(login(again(arrival, Duration.ofSeconds(1)))).isEqualTo(first);
      assertThat(login(arrival)).isEqualTo(first);
    }
    Registry.Arrival nobody = arrival("bob", "phone");
    Registry.Login first = login(nobody);
    assertThat(first.device()).isEmpty();
    assertThat(login(again(nobody, Duration.ofSeconds(1)))).isEqualTo(first);
  }

  @Test
  void theOrderGrowsWithEveryLoginOfAUser() {
    long last = 0;
    for (int i = 0; i < 5; i++) {
      Registry.Login login = login("ann", "phone");
      assertThat(login.isKnown()).isTrue();
      assertThat(login.order()).isGreaterThan(last);
      last = login.order();
      login("bob", "phone");
    }
  }

  @Test
  void answersComeInTheOrderOfTheCalls() {
    List<String> heard = new CopyOnWriteArrayList<>();
    this.<Boolean>answer(done -> {
      registry().add("choir", "ann", written -> heard.add("added " + written));
      registry().members("choir", members -> heard.add("members " + members.orElseThrow()));
      registry().remove("choir", "ann", written -> heard.add("removed " + written));
      registry().members("choir", members -> heard.add("members " + members.orElseThrow()));
      registry().login(arrival("ann", "phone"), login -> done.accept(true));
    });
    assertThat(heard).containsExactly("added true", "members [ann]", "removed true", "members []");
  }

  @Test
  void membersAreThoseWhoWereAddedAndNotRemoved() {
    assertThat(members("choir")).isEmpty();
    assertThat(add("choir", "ann")).isTrue();
    assertThat(add("choir", "bob")).isTrue();
    assertThat(add("choir", "bob")).isTrue();
    assertThat(add("band", "ann")).isTrue();
    assertThat(members("choir")).containsExactlyInAnyOrder("ann", "bob");
    assertThat(remove("choir", "ann")).isTrue();
    assertThat(remove("choir", "ann")).isTrue();
    assertThat(members("choir")).containsExactly("bob");
    assertThat(members("band")).containsExactly("ann");
    assertThat(groups("ann")).containsExactly("band");
    assertThat(groups("bob")).containsExactly("choir");
    assertThat(remove("choir", "bob")).isTrue();
    assertThat(members("choir")).isEmpty();
    assertThat(groups("bob")).isEmpty();
  }

  @Test
  void oddIdsAreIdsLikeOthers() {
    String longest = "x".repeat(128);
    List<String> odd = List.of("a:b", "constructor", "__proto__", "../x", "日本😀", "{ann}", "*", "a b\"'", longest);
    for (String id : odd) {
      assertThat(add(id, "ann")).isTrue();
      assertThat(add("odd", id)).isTrue();
      assertThat(members(id)).containsExactly("ann");
      assertThat(groups(id)).containsExactly("odd");
      assertThat(login(id, id).device()).isEmpty();
      assertThat(login(id, "phone").device()).hasValue(id);
    }
    assertThat(groups("ann")).containsExactlyInAnyOrderElementsOf(odd);
    assertThat(members("odd")).containsExactlyInAnyOrderElementsOf(odd);
  }

  @Test
  void theNewestFiftyMessagesOfAGroupAreKept() {
    onLoop(() -> {
      for (int i = 1; i <= 60; i++) {
        registry().noteGroupMessage("choir", "m" + i);
      }
      registry().noteGroupMessage("band", "other");
    });
    members("choir");
    assertThat(groupMessages("choir")).hasSize(50).startsWith("m60", "m59").endsWith("m11");
    assertThat(groupMessages("band")).containsExactly("other");
    assertThat(userMessages("choir")).isEmpty();
  }

  @Test
  void theNewestMessagesOfAUserAreKept() {
    onLoop(() -> {
      for (int i = 1; i <= 5; i++) {
        registry().noteUserMessage("ann", "m" + i);
      }
    });
    members("choir");
    assertThat(userMessages("ann")).containsExactly("m5", "m4", "m3", "m2", "m1");
    assertThat(groupMessages("ann")).isEmpty();
  }

  Registry.Login login(String userId, String deviceId) {
    return login(arrival(userId, deviceId));
  }

  Registry.Login login(Registry.Arrival arrival) {
    return answer(done -> registry().login(arrival, done));
  }

  /** A connection that was not there before. */
  static Registry.Arrival arrival(String userId, String deviceId) {
    return new Registry.Arrival(userId, deviceId, "c" + connections.incrementAndGet(), Duration.ZERO);
  }

  /** The same connection, which asks again. */
  static Registry.Arrival again(Registry.Arrival arrival, Duration age) {
    return new Registry.Arrival(arrival.userId(), arrival.deviceId(), arrival.connection(), age);
  }

  Set<String> members(String groupId) {
    return this.<Optional<Set<String>>>answer(done -> registry().members(groupId, done)).orElseThrow();
  }

  Set<String> groups(String userId) {
    return this.<Optional<Set<String>>>answer(done -> registry().groups(userId, done)).orElseThrow();
  }

  boolean add(String groupId, String userId) {
    return this.<Boolean>answer(done -> registry().add(groupId, userId, done));
  }

  boolean remove(String groupId, String userId) {
    return this.<Boolean>answer(done -> registry().remove(groupId, userId, done));
  }

  <T> T answer(Consumer<Consumer<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    onLoop(() -> question.accept(answer::complete));
    return answer.orTimeout(5, TimeUnit.SECONDS).join();
  }
}
