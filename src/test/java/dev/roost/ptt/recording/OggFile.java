package dev.roost.ptt.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads an Ogg file with one stream, by the letter of RFC 3533 and apart from the code that writes it; fails where a page is wrong. */
record OggFile(List<Page> pages, List<byte[]> packets) {

  /** @param segments its lacing values */
  record Page(int flags, long granulePosition, int serial, int sequence, List<Integer> segments) {}

  static OggFile read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Page> pages = new ArrayList<>();
    List<byte[]> packets = new ArrayList<>();
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    while (in.hasRemaining()) {
      int start = in.position();
      byte[] capture = new byte[5];
      in.get(capture);
      assertThat(capture).isEqualTo(new byte[] {'O', 'g', 'g', 'S', 0});
      int flags = in.get();
      long granulePosition = in.getLong();
      int serial = in.getInt();
      int sequence = in.getInt();
      int checksum = in.getInt();
      List<Integer> segments = new ArrayList<>();
      for (int left = in.get() & 0xff; left > 0; left--) {
        segments.add(in.get() & 0xff);
      }
      for (int segment : segments) {
        packet.write(bytes, in.position(), segment);
        in.position(in.position() + segment);
        if (segment < 255) {
          packets.add(packet.toByteArray());
          packet.reset();
        }
      }
      byte[] whole = Arrays.copyOfRange(bytes, start, in.position());
      Arrays.fill(whole, 22, 26, (byte) 0);
      assertThat(checksum).as("checksum of page " + sequence).isEqualTo(bitByBit(whole));
      pages.add(new Page(flags, granulePosition, serial, sequence, segments));
    }
    assertThat(packet.size()).as("bytes of a packet that does not end").isZero();
    return new OggFile(pages, packets);
  }

  /** The packets behind the two headers. */
  List<byte[]> audio() {
    return packets.subList(2, packets.size());
  }

  private static int bitByBit(byte[] bytes) {
    int checksum = 0;
    for (byte next : bytes) {
      for (int bit = 7; bit >= 0; bit--) {
        boolean top = checksum < 0;
        checksum = checksum << 1 | next >> bit & 1;
        checksum ^= top ? 0x04c11db7 : 0;
      }
    }
    for (int bit = 0; bit < 32; bit++) {
      checksum = checksum << 1 ^ (checksum < 0 ? 0x04c11db7 : 0);
    }
    return checksum;
  }
}
