package dev.roost.ptt;

import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings answers of Redis to the loop. What failed is counted, and logged now and then: that Redis is away is said by itself. Of one loop. */
final class RedisAnswers {
  private static final Logger log = LoggerFactory.getLogger(RedisAnswers.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(30);

  private final Loop loop;
  private final String what;
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  private long failures;
  private long logged;

  /** @param what is done with Redis, for people */
  RedisAnswers(Loop loop, String what) {
    this.loop = loop;
    this.what = what;
  }

  <T> void take(CompletionStage<T> answer, Consumer<? super T> done) {
    take(answer, done, _ -> {});
  }

  <T> void take(CompletionStage<T> answer, Consumer<? super T> done, Consumer<Throwable> failed) {
    answer.whenComplete((value, failure) -> loop.execute(() -> {
      if (failure == null) {
        done.accept(value);
      } else {
        count(failure);
        failed.accept(failure);
      }
    }));
  }

  /** Since the start. */
  long failures() {
    return failures;
  }

  private void count(Throwable failure) {
    failures++;
    if (failureLog.allow(loop.nanos())) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      log.warn("{} failed {} times, the last time because: {}", what, failures - logged, cause.getMessage());
      logged = failures;
    }
  }
}
