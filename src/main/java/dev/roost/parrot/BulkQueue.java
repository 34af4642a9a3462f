package dev.roost.parrot;

import dev.roost.core.Delivery;
import dev.roost.core.Loop;
import dev.roost.parrot.ParrotMessages.BulkDataBatch;
import dev.roost.parrot.ParrotMessages.BulkItem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects points for {@code /bulk} (section 3.5) and sends them in batches: after the interval, or at once when enough wait. Nothing is collected while
 * nobody listens.
 */
final class BulkQueue {
  /** Ten photos would be a frame of 27 MB; a batch with this much in it goes early. */
  private static final long MAX_BATCH_BYTES = 4L << 20;

  private final Loop loop;
  private final Receivers receivers;
  private final Duration interval;
  private final int maxItems;
  private List<BulkItem> items = new ArrayList<>();
  private long bytes;
  private Loop.Cancellable timer = Loop.Cancellable.NONE;

  BulkQueue(Loop loop, Receivers receivers, Duration interval, int maxItems) {
    this.loop = loop;
    this.receivers = receivers;
    this.interval = interval;
    this.maxItems = maxItems;
  }

  void add(BulkItem item) {
    if (receivers.bulk.isEmpty() || !item.point().isBulky()) {
      return;
    }
    if (items.isEmpty()) {
      timer = loop.after(interval, this::flush);
    }
    items.add(item);
    bytes += item.point().bulkBytes();
    if (items.size() >= maxItems || bytes >= MAX_BATCH_BYTES) {
      flush();
    }
  }

  /** Sends what waits. */
  void flush() {
    timer.cancel();
    if (!items.isEmpty()) {
      receivers.to(receivers.bulk, new BulkDataBatch(loop.now(), items), Delivery.DROPPABLE);
      clear();
    }
  }

  /** Forgets what waits: nobody listens any more, and the next listener wants no old data. */
  void clear() {
    timer.cancel();
    items = new ArrayList<>();
    bytes = 0;
  }

  int size() {
    return items.size();
  }
}
