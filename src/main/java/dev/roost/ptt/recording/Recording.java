package dev.roost.ptt.recording;

import dev.roost.ptt.Recorder.Transmission;

/** A transmission that is being recorded. Its name is fixed; the rest belongs to the writer's thread. */
final class Recording {
  private final RecordingName name;
  private final Transmission transmission;
  private Spool spool;
  private int lostFrames;

  Recording(RecordingName name, Transmission transmission) {
    this.name = name;
    this.transmission = transmission;
  }

  RecordingName name() {
    return name;
  }

  /** Where it is kept while it lasts; made by the first call. */
  Spool spool(RecordingFolder folder) {
    if (spool == null) {
      spool = new Spool(folder.spool(name), RecordingFile.beginning(transmission));
    }
    return spool;
  }

  void lost(int frames) {
    lostFrames += frames;
  }

  int lostFrames() {
    return lostFrames;
  }
}
