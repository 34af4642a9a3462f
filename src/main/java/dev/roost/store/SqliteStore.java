package dev.roost.store;

import dev.roost.core.OncePer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents in one SQLite file, written by one thread, off the loops.
 *
 * <p>What is handed over within a short window goes into one transaction; whoever waits for a {@link #flush} cuts the window short. While the disk fails, what cannot be written is
 * kept in memory, the newest of each document, and tried again. Beyond a bound, or when the file is damaged, the store gives up for good: it never leaves a step out and
 * writes a later one.
 */
final class SqliteStore implements Store {
  private static final Logger log = LoggerFactory.getLogger(SqliteStore.class);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIME = Duration.ofSeconds(2);
  /** How long a close goes on trying to write; the rest of its time is for an attempt that has begun and for bringing the log into the file. */
  private static final long LAST_ATTEMPT_NANOS = Duration.ofMillis(1000).toNanos();

  private final String name;
  private final SqliteFile file;
  private final SqliteOptions options;
  private final Thread thread;
  /** Of the thread only. */
  private final OncePer failureLog = new OncePer(LOG_INTERVAL);
  /** What the thread is at; of the thread only. */
  private Batch writing = new Batch();

  /** Guards all that follows; held for a few map operations only, never while the disk is at work. */
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition end = lock.newCondition();
  private final CommitTimes times = new CommitTimes();
  private Batch pending = new Batch();
  private long pendingSince;
  private boolean isWriting;
  private long writingBytes;
  private boolean isFailing;
  private boolean hasGivenUp;
  private boolean isClosing;
  private long closingSince;

  private SqliteStore(Path setting, SqliteOptions options) {
    name = setting.toString();
    this.options = options;
    file = SqliteFile.open(setting, options);
    thread = Thread.ofPlatform().daemon().name("store").unstarted(this::writeAll);
  }

  /**
   * Opens the file, makes it if it is not there.
   *
   * @throws StoreException if it cannot be opened; it is then as it was
   */
  static SqliteStore open(Path setting, SqliteOptions options) {
    SqliteStore store = new SqliteStore(setting, options);
    store.thread.start();
    return store;
  }

  @Override
  public SortedMap<String, byte[]> load(String collection) {
    lock.lock();
    try {
      if (isClosing) {
        throw closed();
      }
    } finally {
      lock.unlock();
    }
    try {
      return file.load(collection);
    } catch (SQLException e) {
      throw new StoreException("The store " + name + " cannot be read: " + e.getMessage() + "; see whether the disk fails or the file is damaged", e);
    }
  }

  @Override
  public void apply(List<Change> step) {
    List<CompletableFuture<Void>> disappointed;
    lock.lock();
    try {
      if (isClosing || hasGivenUp) {
        return;
      }
      boolean isFirst = pending.isEmpty();
      pending.add(step);
      if (pending.bytes() + writingBytes <= options.maxPendingBytes()) {
        if (isFirst) {
          pendingSince = System.nanoTime();
          work.signal();
        }
        return;
      }
      disappointed = giveUp();
    } finally {
      lock.unlock();
    }
    log.error("The store {} gives up: {} MB could not be written. From here on nothing is kept on the disk; see that the disk has space and is fast enough, then restart",
        name, options.maxPendingBytes() >> 20);
    disappointed.forEach(flush -> flush.completeExceptionally(givenUp()));
  }

  @Override
  public CompletionStage<Void> flush() {
    lock.lock();
    try {
      if (isClosing || hasGivenUp) {
        return CompletableFuture.failedStage(isClosing ? closed() : givenUp());
      }
      if (pending.isEmpty() && !isWriting) {
        return CompletableFuture.completedStage(null);
      }
      work.signal();
      return pending.await().minimalCompletionStage();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public StoreFigures figures() {
    lock.lock();
    try {
      long now = System.nanoTime();
      boolean isHealthy = !hasGivenUp && !isFailing && !times.isStuck(now);
      return new StoreFigures(isHealthy, pending.bytes() + writingBytes, times.commits(), times.failures(), times.slowest(now));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!isClosing) {
        isClosing = true;
        closingSince = System.nanoTime();
        work.signal();
        end.signal();
      }
    } finally {
      lock.unlock();
    }
    try {
      if (!thread.join(CLOSE_TIME)) {
        log.error("The store {} could not be closed in time, because the disk does not answer; the last steps may be lost", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The life of the thread. */
  private void writeAll() {
    try (file) {
      for (Batch batch = next(); batch != null; batch = next()) {
        writing = batch;
        writeUntilDone(batch);
        writing = new Batch();
      }
    } catch (Throwable e) {
      // An error, too: steps would be collected from here on, and whoever waits for them would wait for ever.
      abandon(writing, "The store " + name + " gives up, because its thread ended by a failure. From here on nothing is kept on the disk: restart", e);
    }
  }

  /** Waits for steps and then a little for more; null at the end. */
  private Batch next() throws InterruptedException {
    lock.lock();
    try {
      while (pending.isEmpty() && !isClosing) {
        work.await();
      }
      long left = options.window().toNanos() - (System.nanoTime() - pendingSince);
      while (left > 0 && !isClosing && !pending.isAwaited()) {
        left = work.awaitNanos(left);
      }
      return pending.isEmpty() ? null : take();
    } finally {
      lock.unlock();
    }
  }

  private Batch take() {
    Batch taken = pending;
    pending = new Batch();
    isWriting = true;
    writingBytes = taken.bytes();
    return taken;
  }

  private void writeUntilDone(Batch batch) throws InterruptedException {
    while (!write(batch)) {
      lock.lock();
      try {
        end.awaitNanos(retryPause());
        if (hasGivenUp) {
          done();
          return;
        }
        // All of it is one transaction now, so that nothing comes before what failed.
        batch.add(pending);
        pending = new Batch();
        writingBytes = batch.bytes();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether the batch needs no further attempt. */
  private boolean write(Batch batch) {
    if (batch.changes().isEmpty()) {
      // A flush that came while the last step was being written.
      finish(batch);
      return true;
    }
    begin();
    try {
      file.commit(batch.changes());
    } catch (SQLException e) {
      return failed(batch, e);
    }
    written();
    finish(batch);
    return true;
  }

  private void finish(Batch batch) {
    lock.lock();
    try {
      done();
    } finally {
      lock.unlock();
    }
    batch.takeFlushes().forEach(flush -> flush.complete(null));
  }

  private void begin() {
    lock.lock();
    try {
      times.begin(System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private void written() {
    boolean hasRecovered;
    lock.lock();
    try {
      times.end(System.nanoTime(), true);
      hasRecovered = isFailing && !hasGivenUp;
      isFailing = false;
    } finally {
      lock.unlock();
    }
    if (hasRecovered) {
      log.info("The store {} can be written again; nothing was lost", name);
    }
  }

  private void done() {
    isWriting = false;
    writingBytes = 0;
  }

  private boolean failed(Batch batch, SQLException e) {
    boolean isOver;
    lock.lock();
    try {
      times.end(System.nanoTime(), false);
      isFailing = true;
      isOver = isClosing && System.nanoTime() - closingSince > LAST_ATTEMPT_NANOS;
    } finally {
      lock.unlock();
    }
    if (SqliteFile.isDamage(e)) {
      abandon(batch, "The store " + name + " gives up, because its file is damaged. From here on nothing is kept on the disk; restart with a restored backup (" + e.getMessage() + ")", null);
      return true;
    }
    if (isOver) {
      abandon(batch, "The store " + name + " could not write its last steps before the end (" + e.getMessage() + "); see that the disk has space", null);
      return true;
    }
    if (failureLog.allow(System.nanoTime())) {
      log.warn("The store {} cannot be written at present ({}); the steps are kept in memory and tried again: see that the disk has space", name, e.getMessage());
    }
    StoreException failure = new StoreException("The store " + name + " cannot be written at present: " + e.getMessage() + "; it will be tried again", e);
    batch.takeFlushes().forEach(flush -> flush.completeExceptionally(failure));
    return false;
  }

  /** Ends writing for good; with a cause where the log needs its stack. */
  private void abandon(Batch batch, String why, Throwable cause) {
    List<CompletableFuture<Void>> disappointed;
    lock.lock();
    try {
      disappointed = giveUp();
      done();
    } finally {
      lock.unlock();
    }
    batch.takeFlushes().forEach(flush -> flush.completeExceptionally(givenUp()));
    disappointed.forEach(flush -> flush.completeExceptionally(givenUp()));
    // Last: where memory has run out, this may fail as well.
    log.error(why, cause);
  }

  /** Nothing is written from here on; the memory is free again. Under the lock; returns those who wait. */
  private List<CompletableFuture<Void>> giveUp() {
    hasGivenUp = true;
    List<CompletableFuture<Void>> disappointed = pending.takeFlushes();
    pending = new Batch();
    end.signal();
    return disappointed;
  }

  private long retryPause() {
    return options.retryPause().toNanos();
  }

  private StoreException givenUp() {
    return new StoreException("The store " + name + " has given up writing; the log says why");
  }

  private StoreException closed() {
    return new StoreException("The store " + name + " is closed");
  }
}
