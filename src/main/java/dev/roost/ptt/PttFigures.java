package dev.roost.ptt;

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
  final LongAdder texts = new LongAdder();
  final LongAdder audioFrames = new LongAdder();
  final LongAdder apiRequests = new LongAdder();
  final LongAdder duplicateLogins = new LongAdder();
  final Latencies updateLatency = new Latencies();
}
