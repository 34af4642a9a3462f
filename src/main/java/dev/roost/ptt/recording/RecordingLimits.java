package dev.roost.ptt.recording;

/**
 * What bounds recordings.
 *
 * @param queueBytes what may wait for the disk
 * @param recordingBytes what one recording may hold; what comes after that is not in it
 * @param freeBytes what the disk must have free for a recording to go on
 * @param keepDays after how many days a recording is deleted; 0: never
 */
record RecordingLimits(long queueBytes, long recordingBytes, long freeBytes, int keepDays) {
  private static final long MEGABYTE = 1 << 20;

  static RecordingLimits of(int keepDays) {
    return new RecordingLimits(16 * MEGABYTE, 64 * MEGABYTE, 100 * MEGABYTE, keepDays);
  }
}
