package dev.roost.ptt;

import dev.roost.ptt.FloorArbiter.Verdict;

/** A server whose answers from Redis and from other servers are the test's: they come late, out of order or not at all. */
abstract class ScriptedServer {
  final ScriptedArbiter arbiter = new ScriptedArbiter();
  final ScriptedBackbone backbone = new ScriptedBackbone();
  PttWorld world = new PttWorld(arbiter, backbone);
  final ScriptedRegistry registry = world.registry;

  /** Answers the oldest question for a floor. */
  void decide(Verdict verdict) {
    world.run(() -> arbiter.decide(verdict));
  }

  /** Answers the oldest question of this kind, such as {@code "login ann"}. */
  void answer(String question) {
    world.run(() -> registry.answer(question));
  }

  void fail(String question) {
    world.run(() -> registry.fail(question));
  }

  /** Answers every question. */
  void free() {
    world.run(registry::free);
  }

  /** Answers the oldest search for a user on other servers. */
  void found(boolean isFound) {
    world.run(() -> backbone.found(isFound));
  }
}
