package dev.roost.ptt.recording;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes Opus packets as an Ogg Opus file (RFC 7845): the two header pages, then pages of about a second each. The packets follow each other: time in which nothing was sent is not in the file.
 *
 * <p>The last page waits for {@link #close()}, since it is to say that it is the last one.
 */
final class OggOpusWriter implements Closeable {
  /** Section 4: granule positions count samples at 48 kHz, whatever the encoder was given. */
  private static final int SAMPLES_PER_SECOND = 48_000;
  /** What libopus delays what it encodes by, in samples. Packets do not say it, and nearly all clients use libopus; the 80 ms that section 5.1 has in mind for cut streams would swallow the beginning of a word. */
  private static final int PRE_SKIP = 312;
  private static final byte[] VENDOR = "Roost".getBytes(StandardCharsets.UTF_8);

  private final OutputStream out;
  private final int serial;
  private final OggPage page = new OggPage();
  private int sequence;
  private long position;
  private int pageSamples;

  /**
   * Writes the headers.
   *
   * @param out closed with this
   * @param serial tells streams apart that somebody joins to one file; random
   * @param samples how long all packets will be: the beginning that players skip must not be longer
   * @param comment one NAME=value that players show
   */
  OggOpusWriter(OutputStream out, int serial, int channels, long samples, String comment) throws IOException {
    this.out = out;
    this.serial = serial;
    page.add(head(channels, samples > PRE_SKIP ? PRE_SKIP : 0));
    writePage(OggPage.BEGINS);
    page.add(tags(comment.getBytes(StandardCharsets.UTF_8)));
    writePage(0);
  }

  /** The next packet; at most {@link OpusPacket#MAX_BYTES} long, so none ever needs two pages. */
  void write(byte[] packet, int samples) throws IOException {
    if (!page.isEmpty() && (!page.hasSpaceFor(packet.length) || pageSamples + samples > SAMPLES_PER_SECOND)) {
      writePage(0);
    }
    page.add(packet);
    pageSamples += samples;
  }

  /** Writes the last page. */
  @Override
  public void close() throws IOException {
    try (out) {
      writePage(OggPage.ENDS);
    }
  }

  /** Section 4: the position of a page is that of the end of its last packet; the pages of the headers have 0. */
  private void writePage(int flags) throws IOException {
    position += pageSamples;
    pageSamples = 0;
    out.write(page.take(flags, position, serial, sequence++));
  }

  /** Section 5.1; channel mapping family 0. */
  private static byte[] head(int channels, int preSkip) {
    return littleEndian(19).put("OpusHead".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) channels).putShort((short) preSkip)
        .putInt(SAMPLES_PER_SECOND).putShort((short) 0).put((byte) 0).array();
  }

  /** Section 5.2. */
  private static byte[] tags(byte[] comment) {
    return littleEndian(8 + 4 + VENDOR.length + 4 + 4 + comment.length).put("OpusTags".getBytes(StandardCharsets.US_ASCII)).putInt(VENDOR.length).put(VENDOR)
        .putInt(1).putInt(comment.length).put(comment).array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
