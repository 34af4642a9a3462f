package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceUpdate;
import java.time.Duration;
import java.util.function.Function;

/** A change on its way to watchers: encoded once for all of them, and measured until the last has got it. On the loop of the switchboard. */
final class Notice {
  private final Update update;
  private Frame frame;
  private int open;

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

  /** One watcher has got it, or needs it no more. */
  void done(Loop loop, Latencies latencies) {
    if (--open == 0) {
      latencies.record(Duration.ofNanos(Math.max(0, loop.nanos() - update.receivedNanos())));
    }
  }
}
