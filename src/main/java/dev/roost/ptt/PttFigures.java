package dev.roost.ptt;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is counted on the sockets' loops and on the switchboard's. */
final class PttFigures {
  final LongAdder malformed = new LongAdder();
  final LongAdder forged = new LongAdder();
  final LongAdder ignored = new LongAdder();
  final LongAdder limited = new LongAdder();
  final LongAdder heartbeats = new LongAdder();
  final LongAdder heartbeatsIgnored = new LongAdder();
  final LongAdder heartbeatsRefused = new LongAdder();
  final LongAdder floorGrants = new LongAdder();
  final LongAdder floorRefusals = new LongAdder();
  final LongAdder unauthorized = new LongAdder();
  final LongAdder audioFrames = new LongAdder();
  final LongAdder apiRequests = new LongAdder();
  final LongAdder duplicateLogins = new LongAdder();
  final Latencies updateLatency = new Latencies();

  /** Those that are Roost's own, by name. */
  Map<String, Number> all() {
    Map<String, Number> all = new LinkedHashMap<>();
    all.put("heartbeatsIgnored", heartbeatsIgnored.sum());
    all.put("heartbeatsRefused", heartbeatsRefused.sum());
    all.put("malformedFrames", malformed.sum());
    all.put("forgedSenders", forged.sum());
    all.put("ignoredFrames", ignored.sum());
    all.put("limitedFrames", limited.sum());
    all.put("floorGrants", floorGrants.sum());
    all.put("floorRefusals", floorRefusals.sum());
    all.put("unauthorized", unauthorized.sum());
    all.put("audioFrames", audioFrames.sum());
    all.put("duplicateLogins", duplicateLogins.sum());
    return all;
  }
}
