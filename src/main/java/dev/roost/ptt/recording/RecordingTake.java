package dev.roost.ptt.recording;

import dev.roost.ptt.Recorder;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Collects the frames of one transmission for a second, or until there are enough, so that the writer is woken once for many of them. Frames are copied: what a client sends with a frame must not stay in memory because of it.
 *
 * <p>On the loop of the switchboard; the lock is for the end of the server, which ends what is under way from outside.
 */
final class RecordingTake implements Recorder.Take {
  private static final int FULL_BYTES = 16 << 10;
  /** A frame that would bring the batch over this does not go into it, but behind it, alone. */
  private static final int MAX_BYTES = 64 << 10;
  private static final int FULL_MS = 1_000;

  private final Recording recording;
  private final RecordingQueue queue;
  private final RecordingCounts counts;
  private final long maxBytes;
  private final Consumer<RecordingTake> onEnd;
  private Batch batch;
  private long takenBytes;
  private int lastMs;
  private int lostFrames;
  /** Whether the writer has something of it. */
  private boolean isKnown;
  private boolean isOver;

  /** @param maxBytes what one recording may hold */
  RecordingTake(Recording recording, RecordingQueue queue, RecordingCounts counts, long maxBytes, Consumer<RecordingTake> onEnd) {
    this.recording = recording;
    this.queue = queue;
    this.counts = counts;
    this.maxBytes = maxBytes;
    this.onEnd = onEnd;
  }

  @Override
  public synchronized void audio(byte[] bytes, int from, int length, Duration sinceStart) {
    if (isOver || length == 0) {
      return;
    }
    lastMs = Math.clamp(sinceStart.toMillis(), 0, Integer.MAX_VALUE);
    if (takenBytes + length > maxBytes) {
      lose(1);
      return;
    }
    if (batch != null && batch.length() + length > MAX_BYTES) {
      handOver();
    }
    if (batch == null) {
      batch = new Batch(lastMs);
    }
    takenBytes += length;
    batch.add(bytes, from, length, lastMs);
    if (batch.length() >= FULL_BYTES || lastMs - batch.sinceStartMs >= FULL_MS) {
      handOver();
    }
  }

  @Override
  public synchronized void end(String messageId, Duration duration) {
    if (isOver) {
      return;
    }
    isOver = true;
    if (batch != null) {
      handOver();
    }
    if (isKnown) {
      queue.put(new RecordingQueue.Work.End(recording, Optional.ofNullable(messageId), duration, lostFrames));
    } else if (lostFrames > 0) {
      counts.lost.increment();
    }
    onEnd.accept(this);
  }

  /** The server ends before the transmission does. */
  synchronized void cutOff() {
    end(null, Duration.ofMillis(lastMs));
  }

  private void handOver() {
    if (queue.offer(new RecordingQueue.Work.Frames(recording, batch))) {
      isKnown = true;
    } else {
      lose(batch.frames());
    }
    batch = null;
  }

  private void lose(int frames) {
    lostFrames += frames;
    counts.refused(frames);
  }
}
