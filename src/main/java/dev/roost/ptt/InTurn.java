package dev.roost.ptt;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Does what concerns one user one after the other, where each takes several round trips. Any thread; bounded. */
final class InTurn {
  private static final int MOST = 16_000;

  /** The last of each user. */
  private final Map<String, CompletableFuture<?>> last = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** Begins when what came before for this user is over, however it ended; fails at once if too much waits. */
  <T> CompletionStage<T> next(String userId, Supplier<CompletionStage<T>> work) {
    if (waiting.incrementAndGet() > MOST) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(new RejectedExecutionException("Redis is too slow: " + MOST + " changes wait"));
    }
    CompletableFuture<T> done = new CompletableFuture<>();
    CompletableFuture<?> before = last.put(userId, done);
    if (before == null) {
      begin(userId, work, done);
    } else {
      before.whenComplete((_, _) -> begin(userId, work, done));
    }
    return done;
  }

  private <T> void begin(String userId, Supplier<CompletionStage<T>> work, CompletableFuture<T> done) {
    work.get().whenComplete((value, failure) -> {
      waiting.decrementAndGet();
      last.remove(userId, done);
      if (failure == null) {
        done.complete(value);
      } else {
        done.completeExceptionally(failure);
      }
    });
  }
}
