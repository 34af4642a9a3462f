package dev.roost.ptt.recording;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is counted for operators. Any thread. */
final class RecordingCounts {
  /** Files that were finished. */
  final LongAdder written = new LongAdder();
  /** Transmissions with audio of which there is no file. */
  final LongAdder lost = new LongAdder();
  /** Bytes of the finished files. */
  final LongAdder bytes = new LongAdder();
  /** Frames that are missing in recordings, for whatever reason. */
  final LongAdder lostFrames = new LongAdder();
  /** Those of them that came faster than the writer took them, or were more than a recording may hold. */
  final LongAdder refusedFrames = new LongAdder();

  void refused(int frames) {
    refusedFrames.add(frames);
    lostFrames.add(frames);
  }

  Map<String, Number> toMap() {
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("recordings", written.sum());
    figures.put("recordingsLost", lost.sum());
    figures.put("recordingBytes", bytes.sum());
    figures.put("recordingFramesLost", lostFrames.sum());
    return figures;
  }
}
