package dev.roost.ptt.recording;

import java.util.Optional;

/**
 * What the outside of an Opus packet says (RFC 6716, section 3). The frames in it are not decoded.
 *
 * @param samples its duration at 48 kHz
 */
record OpusPacket(int samples, boolean isStereo) {
  /** RFC 7845, section 6: what an Ogg demultiplexer has to accept; more would be mostly padding. */
  static final int MAX_BYTES = 61_440;

  private static final int SAMPLES_PER_MS = 48;
  private static final int MAX_SAMPLES = 120 * SAMPLES_PER_MS;
  private static final int MAX_FRAME_BYTES = 1_275;
  /** The smallest first byte of a length of two bytes (section 3.2.1). */
  private static final int TWO_BYTES = 252;

  /** Reads the whole array; empty if it breaks one of the rules R1 to R7 of section 3.4, so cannot be an Opus packet. */
  static Optional<OpusPacket> of(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > MAX_BYTES) {
      return Optional.empty();
    }
    int toc = bytes[0] & 0xff;
    int frames = switch (toc & 3) {
      case 0 -> isFrame(bytes.length - 1) ? 1 : 0;
      case 1 -> bytes.length % 2 == 1 && isFrame((bytes.length - 1) / 2) ? 2 : 0;
      case 2 -> areTwoFrames(bytes) ? 2 : 0;
      default -> frames(bytes);
    };
    int samples = frames * samplesOfFrame(toc >> 3);
    return frames == 0 || samples > MAX_SAMPLES ? Optional.empty() : Optional.of(new OpusPacket(samples, (toc & 4) != 0));
  }

  /** Table 2 of section 3.1: the configuration says how long each frame is. */
  private static int samplesOfFrame(int configuration) {
    if (configuration < 12) {
      // SILK: 10, 20, 40 and 60 ms.
      return SAMPLES_PER_MS * (configuration % 4 == 3 ? 60 : 10 << configuration % 4);
    }
    if (configuration < 16) {
      // Hybrid: 10 and 20 ms.
      return SAMPLES_PER_MS * (10 << configuration % 2);
    }
    // CELT: 2.5, 5, 10 and 20 ms.
    return SAMPLES_PER_MS * 5 / 2 << configuration % 4;
  }

  /** R2. */
  private static boolean isFrame(int length) {
    return length <= MAX_FRAME_BYTES;
  }

  /** Code 2, R4: the length of the first frame fits, and the second has the rest. */
  private static boolean areTwoFrames(byte[] bytes) {
    Lengths lengths = new Lengths(bytes, 1);
    int first = lengths.next();
    return first >= 0 && first <= lengths.left() && isFrame(lengths.left() - first);
  }

  /** Code 3 (section 3.2.5): how many frames, or 0 where R5, R6 or R7 is broken. */
  private static int frames(byte[] bytes) {
    if (bytes.length < 2) {
      return 0;
    }
    int count = bytes[1] & 0x3f;
    Lengths lengths = new Lengths(bytes, 2);
    if (count == 0 || (bytes[1] & 0x40) != 0 && !lengths.skipPadding()) {
      return 0;
    }
    boolean areSameLength = (bytes[1] & 0x80) == 0;
    return (areSameLength ? lengths.left() % count == 0 && isFrame(lengths.left() / count) : areFrames(count, lengths)) ? count : 0;
  }

  private static boolean areFrames(int count, Lengths lengths) {
    int sum = 0;
    for (int i = 1; i < count; i++) {
      int length = lengths.next();
      if (length < 0) {
        return false;
      }
      sum += length;
    }
    return sum <= lengths.left() && isFrame(lengths.left() - sum);
  }

  /** Goes over the lengths between the first byte and the frames. */
  private static final class Lengths {
    private final byte[] bytes;
    private int at;
    private int padding;

    Lengths(byte[] bytes, int at) {
      this.bytes = bytes;
      this.at = at;
    }

    /** The next length of a frame; -1 if the packet ends within it. At most 1,275 by its form. */
    int next() {
      int first = nextByte();
      if (first < TWO_BYTES) {
        return first;
      }
      int second = nextByte();
      return second < 0 ? -1 : second * 4 + first;
    }

    /** Section 3.2.5: 255 stands for 254 bytes of padding and one more byte of its length. Whether there are so many. */
    boolean skipPadding() {
      int part;
      do {
        part = nextByte();
        padding += part == 255 ? 254 : part;
      } while (part == 255);
      return part >= 0 && left() >= 0;
    }

    /** What is left for frames. */
    int left() {
      return bytes.length - padding - at;
    }

    private int nextByte() {
      return left() > 0 ? bytes[at++] & 0xff : -1;
    }
  }
}
