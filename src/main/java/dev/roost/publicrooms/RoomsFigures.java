package dev.roost.publicrooms;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** What public rooms count for operators (section 7). On the rooms' loop. */
final class RoomsFigures {
  private static final double NANOS_PER_MILLI = 1_000_000;

  private final Map<FaultCode, Long> faults = new EnumMap<>(FaultCode.class);
  long connections;
  long joins;
  long leaves;
  long chatMessages;
  long signals;
  long pings;
  long missedPings;
  long blocks;
  long unknownEvents;
  long droppedEvents;
  long eventRefusals;
  private long answers;
  private long latencyNanos;
  private long maxLatencyNanos;

  void fault(FaultCode code) {
    faults.merge(code, 1L, Long::sum);
  }

  /** A ping was answered after this time. */
  void answered(long nanos) {
    answers++;
    latencyNanos += nanos;
    maxLatencyNanos = Math.max(maxLatencyNanos, nanos);
  }

  Map<String, Number> toMap() {
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("connectionsAccepted", connections);
    figures.put("joins", joins);
    figures.put("leaves", leaves);
    figures.put("chatMessages", chatMessages);
    figures.put("signals", signals);
    figures.put("pings", pings);
    figures.put("pingAnswers", answers);
    figures.put("missedPings", missedPings);
    figures.put("pingLatencySumMs", latencyNanos / NANOS_PER_MILLI);
    figures.put("pingLatencyMaxMs", maxLatencyNanos / NANOS_PER_MILLI);
    figures.put("blocksStarted", blocks);
    figures.put("unknownEvents", unknownEvents);
    figures.put("droppedEvents", droppedEvents);
    figures.put("rateLimitedEvents", eventRefusals);
    return figures;
  }

  /** How often a client was told of each fault, by its code. */
  Map<String, Long> refusals() {
    Map<String, Long> byCode = new LinkedHashMap<>();
    for (FaultCode code : FaultCode.values()) {
      byCode.put(code.name(), faults.getOrDefault(code, 0L));
    }
    return byCode;
  }
}
