package dev.roost.ptt.recording;

import java.util.Arrays;

/** Frames on their way to the disk, already in the form of a {@link Spool}. Not thread-safe; handed over as a whole. */
final class Batch {
  /** A second of speech at usual rates. */
  private static final int USUAL_BYTES = 4 << 10;
  private static final int HEADER_BYTES = 8;

  /** When its first frame came. */
  final int sinceStartMs;
  private byte[] bytes = new byte[USUAL_BYTES];
  private int length;
  private int frames;

  Batch(int sinceStartMs) {
    this.sinceStartMs = sinceStartMs;
  }

  void add(byte[] frame, int from, int frameLength, int frameSinceStartMs) {
    int end = length + HEADER_BYTES + frameLength;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    putInt(frameLength);
    putInt(frameSinceStartMs);
    System.arraycopy(frame, from, bytes, length, frameLength);
    length = end;
    frames++;
  }

  /** From 0 to {@link #length()}. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  int frames() {
    return frames;
  }

  /** What it takes of the memory. */
  int footprint() {
    return bytes.length;
  }

  private void putInt(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
  }
}
