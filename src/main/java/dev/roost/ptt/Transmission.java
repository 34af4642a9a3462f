package dev.roost.ptt;

import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.Raw;
import java.time.Duration;
import java.time.Instant;

/** What one client says to one group or user between START and STOP. */
final class Transmission {
  private final Head head;
  private final long startNanos;
  private final Recorder.Take take;
  /** Null while it goes on. */
  private Ended ended;

  /**
   * What became of a transmission.
   *
   * @param messageId its id
   * @param duration from START on
   */
  record Ended(String messageId, Duration duration) {}

  /** @param head that of the START */
  Transmission(Head head, long startNanos, Recorder.Take take) {
    this.head = head;
    this.startNanos = startNanos;
    this.take = take;
  }

  Head head() {
    return head;
  }

  boolean isLongerThan(Duration limit, long nanos) {
    return nanos - startNanos > limit.toNanos();
  }

  /** Whether it was ended by the server: what its speaker still sends is dropped until the next START. */
  boolean isCut() {
    return ended != null;
  }

  void audio(Raw audio, long nanos) {
    if (audio.isPresent()) {
      take.audio(audio.bytes(), audio.from(), audio.length(), Duration.ofNanos(nanos - startNanos));
    }
  }

  /** It is over, if it was not before: then this is what became of it. */
  Ended end(MessageIds ids, String userId, Instant now, long nanos) {
    if (ended == null) {
      Duration duration = Duration.ofNanos(nanos - startNanos);
      ended = new Ended(ids.ofVoice(head, userId, now, duration), duration);
      take.end(ended.messageId(), duration);
    }
    return ended;
  }
}
