package dev.roost.ptt.recording;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What waits for the writer, bounded in bytes. Any thread puts in and never waits; the writer takes out. */
final class RecordingQueue {
  /** What a piece of work takes besides its frames, roughly. */
  private static final int OVERHEAD_BYTES = 256;

  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();

  RecordingQueue(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** What the writer is to do. */
  sealed interface Work {
    /** Frames of a recording, the first of which make it. */
    record Frames(Recording recording, Batch batch) implements Work {}

    /**
     * The end of a recording of which the writer knows.
     *
     * @param lostFrames of those that did not fit into the queue
     */
    record End(Recording recording, Optional<String> messageId, Duration duration, int lostFrames) implements Work {}

    /** The end of all. */
    record Stop() implements Work {}
  }

  /** Whether there was space for the frames. */
  boolean offer(Work.Frames frames) {
    int size = size(frames);
    if (bytes.addAndGet(size) > maxBytes) {
      bytes.addAndGet(-size);
      return false;
    }
    return queue.add(frames);
  }

  /** Takes in what needs no space: there is no more of it than there were frames. */
  void put(Work.End end) {
    queue.add(end);
  }

  /** The last one. */
  void put(Work.Stop stop) {
    queue.add(stop);
  }

  /** The next piece of work; empty if none came in time. */
  Optional<Work> take(Duration limit) throws InterruptedException {
    Work work = queue.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
    if (work instanceof Work.Frames frames) {
      bytes.addAndGet(-size(frames));
    }
    return Optional.ofNullable(work);
  }

  private static int size(Work.Frames frames) {
    return frames.batch().footprint() + OVERHEAD_BYTES;
  }
}
