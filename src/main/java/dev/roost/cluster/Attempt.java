package dev.roost.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Makes something that may fail, take too long or come when it is not wanted any more; then it is closed. */
final class Attempt {
  /** Above what connecting and its questions may take. */
  private static final Duration MOST = Duration.ofSeconds(8);

  private Attempt() {}

  /** What came of it: something, or a failure. */
  interface Outcome<T> {
    void take(Optional<T> made, Throwable failure);
  }

  /** @param thread takes the outcome; false when it has ended */
  static <T> void begin(Supplier<CompletionStage<T>> step, Consumer<T> closing, Predicate<Runnable> thread, Outcome<T> outcome) {
    CompletableFuture<T> making = begin(step);
    making.copy().orTimeout(MOST.toMillis(), TimeUnit.MILLISECONDS).whenComplete((made, failure) -> {
      boolean isTaken = thread.test(() -> outcome.take(Optional.ofNullable(made), failure));
      if (made != null && !isTaken) {
        closing.accept(made);
      } else if (failure != null) {
        making.thenAccept(closing);
      }
    });
  }

  private static <T> CompletableFuture<T> begin(Supplier<CompletionStage<T>> step) {
    try {
      return step.get().toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
