package dev.roost.ptt.recording;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out whether the frames of a transmission are Opus packets: no frame says so, but all of them together hardly agree by chance. Taken for Opus is what meets three conditions:
 *
 * <ol>
 *   <li>each frame is a valid packet (RFC 6716, section 3.4);
 *   <li>the packets last at least 0.6 of the time that their frames took to come, pauses left out: a header before each packet, or several packets in each frame, would let them seem shorter;
 *   <li>nine of ten last equally long, as encoders keep it, or at least all together not much longer than they took to come.
 * </ol>
 *
 * <p>Frames may well come faster than they last, after a stall of the network or from a program that plays a file, so being too long alone decides nothing.
 */
final class OpusCheck {
  /** Longer than the longest packet, and shorter than the 400 ms between the packets of an encoder during silence. */
  private static final int PAUSE_MS = 250;
  private static final double LEAST = 0.6;
  private static final double MOST = 1.5;
  private static final int LEAST_SLACK_MS = 100;
  private static final int MOST_SLACK_MS = 2_000;
  private static final int SAMPLES_PER_MS = 48;

  private final Map<Integer, Integer> packetsBySamples = new HashMap<>();
  private boolean areValid = true;
  private boolean isStereo;
  private int packets;
  private long samples;
  private int firstMs;
  private int lastMs;
  private long spokenMs;

  /** The next frame, and when it came. */
  void frame(byte[] bytes, int sinceStartMs) {
    Optional<OpusPacket> packet = OpusPacket.of(bytes);
    if (packet.isEmpty()) {
      areValid = false;
      return;
    }
    if (packets == 0) {
      firstMs = sinceStartMs;
    } else if (sinceStartMs - lastMs <= PAUSE_MS) {
      spokenMs += sinceStartMs - lastMs;
    }
    lastMs = sinceStartMs;
    packets++;
    samples += packet.get().samples();
    isStereo |= packet.get().isStereo();
    packetsBySamples.merge(packet.get().samples(), 1, Integer::sum);
  }

  boolean isOpus() {
    return areValid && packets > 0 && isLongEnough() && (areEquallyLong() || isShortEnough());
  }

  /** Channels that a player needs; of Opus only. */
  int channels() {
    return isStereo ? 2 : 1;
  }

  /** The duration at 48 kHz; of Opus only. */
  long samples() {
    return samples;
  }

  private boolean isLongEnough() {
    return samples / SAMPLES_PER_MS >= LEAST * spokenMs - LEAST_SLACK_MS;
  }

  private boolean areEquallyLong() {
    int most = packetsBySamples.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    return most * 10L >= packets * 9L;
  }

  private boolean isShortEnough() {
    return samples / SAMPLES_PER_MS <= MOST * (lastMs - firstMs) + MOST_SLACK_MS;
  }
}
