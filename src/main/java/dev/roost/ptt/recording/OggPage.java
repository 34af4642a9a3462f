package dev.roost.ptt.recording;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One page of an Ogg stream under construction (RFC 3533, section 6): whole packets, no more than fit. */
final class OggPage {
  /** Flags of the header, section 6: the first and the last page of a stream. */
  static final int BEGINS = 2;
  static final int ENDS = 4;

  static final int MAX_SEGMENTS = 255;
  private static final int SEGMENT_BYTES = 255;
  private static final int HEADER_BYTES = 27;
  private static final int CHECKSUM_AT = 22;
  private static final byte[] CAPTURE = "OggS".getBytes(StandardCharsets.US_ASCII);
  private static final int POLYNOMIAL = 0x04c11db7;
  private static final int[] CHECKSUMS = checksums();

  private final byte[] lacing = new byte[MAX_SEGMENTS];
  private final byte[] body = new byte[MAX_SEGMENTS * SEGMENT_BYTES];
  private int segments;
  private int length;

  boolean isEmpty() {
    return segments == 0;
  }

  boolean hasSpaceFor(int packetBytes) {
    return segments + packetBytes / SEGMENT_BYTES + 1 <= MAX_SEGMENTS;
  }

  /** Adds a packet for which there is space. Its lacing is a 255 for each full segment and then what is left, a 0 where nothing is: by that a reader sees its end. */
  void add(byte[] packet) {
    for (int left = packet.length; left >= SEGMENT_BYTES; left -= SEGMENT_BYTES) {
      lacing[segments++] = (byte) SEGMENT_BYTES;
    }
    lacing[segments++] = (byte) (packet.length % SEGMENT_BYTES);
    System.arraycopy(packet, 0, body, length, packet.length);
    length += packet.length;
  }

  /** The finished page; this one is empty again. */
  byte[] take(int flags, long granulePosition, int serial, int sequence) {
    ByteBuffer page = ByteBuffer.allocate(HEADER_BYTES + segments + length).order(ByteOrder.LITTLE_ENDIAN);
    page.put(CAPTURE).put((byte) 0).put((byte) flags).putLong(granulePosition).putInt(serial).putInt(sequence).putInt(0).put((byte) segments);
    page.put(lacing, 0, segments).put(body, 0, length);
    page.putInt(CHECKSUM_AT, checksum(page.array()));
    segments = 0;
    length = 0;
    return page.array();
  }

  /** CRC-32 with nothing reflected, beginning with 0 and not inverted at the end: not the one of zip files. */
  static int checksum(byte[] bytes) {
    int checksum = 0;
    for (byte next : bytes) {
      checksum = checksum << 8 ^ CHECKSUMS[checksum >>> 24 ^ next & 0xff];
    }
    return checksum;
  }

  private static int[] checksums() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      int remainder = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        remainder = remainder << 1 ^ (remainder < 0 ? POLYNOMIAL : 0);
      }
      table[i] = remainder;
    }
    return table;
  }
}
