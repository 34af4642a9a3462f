package dev.roost.ptt;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Keeps transmissions, where that is asked for. Called on the loop of the switchboard, never blocks: what cannot be written in time is lost, and that is counted and logged. */
public interface Recorder {

  /** A transmission begins. */
  Take begin(Transmission transmission);

  /** Ends what is under way and waits for what is being written, a second at most. Any thread but a loop. */
  void close();

  /** What it counts for operators; any thread. */
  default Map<String, Number> figures() {
    return Map.of();
  }

  /**
   * What is recorded.
   *
   * @param isGroup whether {@code toId} is a group
   */
  record Transmission(boolean isGroup, String fromId, String toId, Instant start) {}

  /** A recording under way. */
  interface Take {

    /** One frame of audio as the client sent it; {@code bytes} from {@code from} on may be kept, nobody changes them. */
    void audio(byte[] bytes, int from, int length, Duration sinceStart);

    /** The transmission is over; nothing follows. */
    void end(String messageId, Duration duration);
  }

  /** Keeps nothing. */
  Recorder NONE = new Recorder() {
    private final Take nothing = new Take() {
      @Override
      public void audio(byte[] bytes, int from, int length, Duration sinceStart) {}

      @Override
      public void end(String messageId, Duration duration) {}
    };

    @Override
    public Take begin(Transmission transmission) {
      return nothing;
    }

    @Override
    public void close() {}
  };
}
