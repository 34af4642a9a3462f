package dev.roost.transport;

import dev.roost.core.Delivery;
import dev.roost.core.Outbox;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what passes through the transport; any thread writes, any thread reads. The server publishes it as metrics. */
public final class TrafficMeter {
  public final LongAdder connections = new LongAdder();
  public final LongAdder connectionsAccepted = new LongAdder();
  /** Messages and control frames. */
  public final LongAdder framesIn = new LongAdder();
  public final LongAdder framesOut = new LongAdder();
  public final LongAdder bytesIn = new LongAdder();
  public final LongAdder bytesOut = new LongAdder();
  /** Writes handed to the network: frames out divided by this says how many left together. */
  public final LongAdder writes = new LongAdder();
  /** Bytes that wait in outboxes. */
  public final LongAdder queuedBytes = new LongAdder();
  public final LongAdder slowConsumers = new LongAdder();
  public final LongAdder silentPeers = new LongAdder();
  public final LongAdder protocolFaults = new LongAdder();
  /** Messages that were compressed, each once for all its receivers. */
  public final LongAdder compressions = new LongAdder();
  /** Frames that went compressed into an outbox, one a receiver, and their bytes on the wire without and with compression. */
  public final LongAdder compressedFrames = new LongAdder();
  public final LongAdder bytesBeforeCompression = new LongAdder();
  public final LongAdder bytesAfterCompression = new LongAdder();

  /** What outboxes tell of their drops; one for all connections. */
  final Outbox.Drops outboxDrops = (kind, bytes) -> drops(kind).increment();

  private final Map<Delivery.Kind, LongAdder> drops = new EnumMap<>(Delivery.Kind.class);
  private final Map<Refusal, LongAdder> refusals = new EnumMap<>(Refusal.class);

  public TrafficMeter() {
    for (Delivery.Kind kind : Delivery.Kind.values()) {
      drops.put(kind, new LongAdder());
    }
    for (Refusal refusal : Refusal.values()) {
      refusals.put(refusal, new LongAdder());
    }
  }

  /** Frames of a class that were dropped, or superseded. */
  public LongAdder drops(Delivery.Kind kind) {
    return drops.get(kind);
  }

  public LongAdder refusals(Refusal reason) {
    return refusals.get(reason);
  }
}
