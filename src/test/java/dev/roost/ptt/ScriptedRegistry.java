package dev.roost.ptt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The registry in memory, as slow and as unreachable as a test wants it: while it is held, what it is asked waits until the test answers. */
final class ScriptedRegistry implements Registry {
  final MemoryRegistry memory;
  /** What waits for an answer, oldest first. */
  final List<Asked> asked = new ArrayList<>();
  private int elsewhere;
  private boolean isHeld;
  private boolean isDown;
  private boolean isLate;

  ScriptedRegistry() {
    this(new MemoryRegistry());
  }

  /** @param memory what several servers may share */
  ScriptedRegistry(MemoryRegistry memory) {
    this.memory = memory;
  }

  /** A question, and both answers to it. */
  record Asked(String what, Runnable answer, Runnable failure) {}

  /** From now on nothing is answered by itself. */
  void hold() {
    isHeld = true;
  }

  /** Everything that waits is answered, and what is asked from now on at once. */
  void free() {
    isHeld = false;
    while (!asked.isEmpty()) {
      asked.removeFirst().answer.run();
    }
  }

  /** From now on nothing can be reached, or everything again. */
  void down(boolean down) {
    isDown = down;
  }

  /** Whether logins that fail are carried out all the same. */
  void late(boolean late) {
    isLate = late;
  }

  /** Somebody logs in elsewhere. */
  void loginElsewhere(String userId, String deviceId) {
    memory.login(new Arrival(userId, deviceId, "elsewhere " + ++elsewhere, Duration.ZERO), login -> { });
  }

  /** Answers the oldest question of this kind. */
  void answer(String what) {
    take(what).answer.run();
  }

  /** Fails the oldest question of this kind. */
  void fail(String what) {
    take(what).failure.run();
  }

  private Asked take(String what) {
    Asked found = asked.stream().filter(question -> question.what.equals(what)).findFirst().orElseThrow(() -> new AssertionError(what + " was not asked, but " + questions()));
    asked.remove(found);
    return found;
  }

  List<String> questions() {
    return asked.stream().map(Asked::what).toList();
  }

  private void ask(String what, Runnable answer, Runnable failure) {
    if (isHeld) {
      asked.add(new Asked(what, answer, failure));
    } else {
      (isDown ? failure : answer).run();
    }
  }

  @Override
  public void login(Arrival arrival, Consumer<Login> done) {
    ask("login " + arrival.userId(), () -> memory.login(arrival, done), () -> {
      if (isLate) {
        memory.login(arrival, login -> { });
      }
      done.accept(Login.UNKNOWN);
    });
  }

  @Override
  public void members(String groupId, Consumer<Optional<Set<String>>> done) {
    ask("members " + groupId, () -> memory.members(groupId, done), () -> done.accept(Optional.empty()));
  }

  @Override
  public void groups(String userId, Consumer<Optional<Set<String>>> done) {
    ask("groups " + userId, () -> memory.groups(userId, done), () -> done.accept(Optional.empty()));
  }

  @Override
  public void add(String groupId, String userId, Consumer<Boolean> done) {
    ask("add " + groupId + " " + userId, () -> memory.add(groupId, userId, done), () -> done.accept(false));
  }

  @Override
  public void remove(String groupId, String userId, Consumer<Boolean> done) {
    ask("remove " + groupId + " " + userId, () -> memory.remove(groupId, userId, done), () -> done.accept(false));
  }

  @Override
  public void noteGroupMessage(String groupId, String messageId) {
    memory.noteGroupMessage(groupId, messageId);
  }

  @Override
  public void noteUserMessage(String userId, String messageId) {
    memory.noteUserMessage(userId, messageId);
  }
}
