package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** An arbiter whose verdicts are the test's. */
final class ScriptedArbiter implements FloorArbiter {
  /** What it was told, and not looked at yet: {@code "spoke choir c1"}. */
  private final List<String> told = new ArrayList<>();
  private final ArrayDeque<Consumer<Verdict>> asked = new ArrayDeque<>();
  private long grants;

  @Override
  public void acquire(String groupId, String userId, String connection, Consumer<Verdict> verdict) {
    told.add("acquire " + groupId + " " + userId + " " + connection);
    asked.add(verdict);
  }

  @Override
  public void spoke(String groupId, String connection) {
    told.add("spoke " + groupId + " " + connection);
  }

  @Override
  public void release(String groupId, String connection) {
    told.add("release " + groupId + " " + connection);
  }

  /** The next grant. */
  Verdict granted() {
    return new Granted(++grants);
  }

  /** Another user has the floor, of whom nothing else is known. */
  static Verdict busy() {
    return new Busy("somebody", Floor.UNORDERED);
  }

  /** Decides the oldest question. */
  void decide(Verdict verdict) {
    asked.remove().accept(verdict);
  }

  int open() {
    return asked.size();
  }

  List<String> told() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }
}
