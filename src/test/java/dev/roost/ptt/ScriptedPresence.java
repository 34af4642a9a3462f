package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Presence in memory, as slow and as unreachable as a test wants it: while it is held, snapshots and heartbeats wait until the test answers. */
final class ScriptedPresence implements Presence {
  private final MemoryPresence memory;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  boolean isHeld;
  boolean isDown;

  ScriptedPresence(MemoryPresence memory) {
    this.memory = memory;
  }

  /** Answers what was asked, oldest first, with what is true now. */
  void free() {
    isHeld = false;
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  int open() {
    return waiting.size();
  }

  private void ask(Runnable answer) {
    if (isHeld) {
      waiting.add(answer);
    } else {
      answer.run();
    }
  }

  @Override
  public void online(Session session) {
    if (!isDown) {
      memory.online(session);
    }
  }

  @Override
  public void heartbeat(Session session, Consumer<Boolean> written) {
    ask(() -> {
      if (isDown) {
        written.accept(false);
      } else {
        memory.heartbeat(session, written);
      }
    });
  }

  @Override
  public void extend(Session session) {
    if (!isDown) {
      memory.extend(session);
    }
  }

  @Override
  public void offline(Session session) {
    if (!isDown) {
      memory.offline(session);
    }
  }

  @Override
  public CompletionStage<List<Status>> statuses(List<String> userIds) {
    return isDown ? CompletableFuture.failedStage(new IllegalStateException("down")) : memory.statuses(userIds);
  }

  @Override
  public CompletionStage<Snapshot> snapshot() {
    CompletableFuture<Snapshot> answer = new CompletableFuture<>();
    ask(() -> {
      if (isDown) {
        answer.completeExceptionally(new IllegalStateException("down"));
      } else {
        memory.snapshot().thenAccept(answer::complete);
      }
    });
    return answer;
  }

  @Override
  public long online() {
    return memory.online();
  }

  @Override
  public long expired() {
    return memory.expired();
  }
}
