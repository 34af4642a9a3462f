package dev.roost.ptt.recording;

import dev.roost.core.OncePer;
import dev.roost.ptt.recording.RecordingQueue.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that does all that touches the disk. While the disk fails, what comes is lost, and each piece of work is a new attempt; a recording whose end could not be written is finished later, by the next start at the latest.
 */
final class RecordingWriter {
  private static final Logger log = LoggerFactory.getLogger(RecordingWriter.class);
  private static final Duration FAILURE_LOG_INTERVAL = Duration.ofMinutes(1);
  private static final Duration LOSS_LOG_INTERVAL = Duration.ofSeconds(1);
  private static final long SPACE_LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  private final RecordingFolder folder;
  private final RecordingQueue queue;
  private final RecordingLimits limits;
  private final RecordingCounts counts;
  private final InstantSource clock;
  private final Duration tidyInterval;
  private final Thread thread;

  private final OncePer failureLog = new OncePer(FAILURE_LOG_INTERVAL);
  private final OncePer lossLog = new OncePer(LOSS_LOG_INTERVAL);
  /** What is not a leftover, though it is not finished. */
  private final Set<RecordingName> underWay = new HashSet<>();
  private boolean isFailureLogged;
  private long lossLogged;
  private long tidied;
  private long spaceSeen;
  private boolean hasSpace;

  /** @param tidyInterval how often leftovers are finished and old days deleted */
  RecordingWriter(RecordingFolder folder, RecordingQueue queue, RecordingLimits limits, RecordingCounts counts, InstantSource clock, Duration tidyInterval) {
    this.folder = folder;
    this.queue = queue;
    this.limits = limits;
    this.counts = counts;
    this.clock = clock;
    this.tidyInterval = tidyInterval;
    thread = Thread.ofPlatform().daemon().name("recordings").start(this::run);
  }

  /** Whether all that was put into the queue before the stop was done in time. */
  boolean isDone(Duration limit) throws InterruptedException {
    return thread.join(limit);
  }

  /** The life of the thread. */
  private void run() {
    try (folder) {
      spaceSeen = System.nanoTime() - SPACE_LOOK_NANOS;
      tidy();
      for (Optional<Work> work = next(); !(work.orElse(null) instanceof Work.Stop); work = next()) {
        work.ifPresent(this::work);
        if (System.nanoTime() - tidied >= tidyInterval.toNanos()) {
          tidy();
        }
        logLoss();
      }
    } catch (Throwable e) {
      log.error("Recordings end by a failure; nothing is recorded from here on: restart", e);
    }
  }

  private Optional<Work> next() throws InterruptedException {
    long left = tidyInterval.toNanos() - (System.nanoTime() - tidied);
    return queue.take(Duration.ofNanos(Math.max(0, left)));
  }

  private void work(Work work) {
    switch (work) {
      case Work.Frames frames -> append(frames.recording(), frames.batch());
      case Work.End end -> finish(end);
      case Work.Stop stop -> throw new IllegalArgumentException(stop.toString());
    }
  }

  private void append(Recording recording, Batch batch) {
    try {
      folder.restore();
      checkSpace();
      recording.spool(folder).append(batch);
      underWay.add(recording.name());
      worked();
    } catch (IOException e) {
      recording.lost(batch.frames());
      counts.lostFrames.add(batch.frames());
      failed(e);
    }
  }

  private void finish(Work.End end) {
    Recording recording = end.recording();
    Spool spool = recording.spool(folder);
    try {
      if (spool.exists()) {
        spool.appendEnd(RecordingFile.end(end.messageId(), end.duration(), recording.lostFrames() + end.lostFrames()));
        make(recording.name());
      } else {
        counts.lost.increment();
      }
    } catch (IOException e) {
      if (!Files.exists(spool.path())) {
        counts.lost.increment();
      }
      failed(e);
    }
    // What is left of it from here on is a leftover.
    underWay.remove(recording.name());
  }

  private void make(RecordingName name) throws IOException {
    long bytes = RecordingFile.make(folder, name);
    if (bytes > 0) {
      counts.written.increment();
      counts.bytes.add(bytes);
      worked();
    }
  }

  private void tidy() {
    tidied = System.nanoTime();
    attempt(() -> {
      folder.restore();
      for (RecordingName name : folder.unfinished()) {
        if (!underWay.contains(name)) {
          attempt(() -> makeLeftover(name));
        }
      }
    });
    if (limits.keepDays() > 0) {
      attempt(() -> folder.expire(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(limits.keepDays())));
    }
  }

  private void attempt(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      failed(e);
    } catch (UncheckedIOException e) {
      failed(e.getCause());
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** One that the end of a process or a failure of the disk left behind, perhaps after its last step but one. */
  private void makeLeftover(RecordingName name) throws IOException {
    if (folder.isListed(name)) {
      folder.remove(name);
    } else {
      make(name);
      log.info("A recording that was left behind is finished: {}", name.text());
    }
  }

  private void checkSpace() throws IOException {
    if (System.nanoTime() - spaceSeen >= SPACE_LOOK_NANOS) {
      spaceSeen = System.nanoTime();
      hasSpace = folder.usableSpace() >= limits.freeBytes();
    }
    if (!hasSpace) {
      throw new IOException("less than " + (limits.freeBytes() >> 20) + " MB are free");
    }
  }

  private void failed(IOException e) {
    if (failureLog.allow(System.nanoTime())) {
      isFailureLogged = true;
      log.warn("Recordings cannot be written to {} at present ({}); what is said now may be lost: see that the folder is there, may be written and has space", folder.path(), RecordingFolder.reason(e));
    }
  }

  private void worked() {
    if (isFailureLogged) {
      isFailureLogged = false;
      log.info("Recordings can be written to {} again", folder.path());
    }
  }

  private void logLoss() {
    long refused = counts.refusedFrames.sum();
    if (refused > lossLogged && lossLog.allow(System.nanoTime())) {
      log.warn("Recordings lack {} frames that came faster than the disk took them, or after {} MB of one transmission", refused - lossLogged, limits.recordingBytes() >> 20);
      lossLogged = refused;
    }
  }
}
