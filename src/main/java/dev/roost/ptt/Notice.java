package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceUpdate;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Function;

/** A change on its way to watchers: encoded once for all of them, and measured until the last that was told. On the loop of the switchboard. */
final class Notice {
  private final Update update;
  private Frame frame;
  private int open;
  private OptionalLong toldNanos = OptionalLong.empty();

  Notice(Update update) {
    this.update = update;
  }

  Update update() {
    return update;
  }

  Frame frame(Function<Outbound, Frame> encoder) {
    if (frame == null) {
      frame = encoder.apply(new PresenceUpdate(update));
    }
    return frame;
  }

  /** One more watcher is to get it. */
  void opened() {
    open++;
  }

  /** One watcher has got it. */
  void told(long nanos, Latencies latencies) {
    toldNanos = OptionalLong.of(nanos);
    done(latencies);
  }

  /** One watcher less is to get it. A change that none was told has no latency. */
  void done(Latencies latencies) {
    if (--open == 0 && toldNanos.isPresent()) {
      latencies.record(Duration.ofNanos(Math.max(0, toldNanos.getAsLong() - update.receivedNanos())));
    }
  }
}
