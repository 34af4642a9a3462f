package dev.roost.ptt.recording;

import dev.roost.core.RawJson;
import dev.roost.ptt.Recorder.Transmission;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes the recording of a spool: one Ogg Opus file if all of it is Opus, otherwise the bytes one after the other. It is written under another name and appears when it is complete, then its line in the index; only then the spool goes. On the
 * writer's thread.
 */
final class RecordingFile {
  private final RecordingFolder folder;
  private final RecordingName name;
  private final Path spool;
  private final OpusCheck check = new OpusCheck();
  /** What the spool says of the transmission. */
  private final Map<String, RawJson> facts = new HashMap<>();
  private int frames;
  private int lastMs;

  private RecordingFile(RecordingFolder folder, RecordingName name) {
    this.folder = folder;
    this.name = name;
    spool = folder.spool(name);
  }

  /**
   * Makes the recording.
   *
   * @return the bytes of the file; 0 if there is nothing to make one of
   * @throws IOException if it cannot be written; the spool is then still there
   */
  static long make(RecordingFolder folder, RecordingName name) throws IOException {
    RecordingFile file = new RecordingFile(folder, name);
    Spool.read(file.spool, file.new FirstReading());
    long bytes = file.frames == 0 ? 0 : file.write();
    folder.remove(name);
    return bytes;
  }

  static byte[] beginning(Transmission transmission) {
    return new JsonOut().put("channel", RecordingName.kind(transmission)).put("from", wellFormed(transmission.fromId())).put("to", wellFormed(transmission.toId()))
        .put("start", transmission.start().truncatedTo(ChronoUnit.MILLIS).toString()).toRaw().toBytes();
  }

  /** @param lostFrames what did not get into the spool */
  static byte[] end(Optional<String> messageId, Duration duration, int lostFrames) {
    return new JsonOut().put("messageId", messageId.map(RecordingFile::wellFormed)).put("duration", duration.toMillis()).put("lostFrames", lostFrames).toRaw().toBytes();
  }

  /** The JSON writer refuses half a pair of surrogates, which an escape in a token can bring in. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private long write() throws IOException {
    Path part = folder.part(name);
    boolean isOpus = check.isOpus();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
      if (isOpus) {
        writeOpus(out);
      } else {
        Spool.read(spool, new SecondReading(out::write));
      }
    }
    long bytes = Files.size(part);
    String codec = isOpus ? "opus" : "raw";
    String file = folder.publish(part, name, codec);
    folder.list(name, line(file, bytes, codec));
    return bytes;
  }

  private void writeOpus(OutputStream out) throws IOException {
    int serial = ThreadLocalRandom.current().nextInt();
    try (OggOpusWriter ogg = new OggOpusWriter(out, serial, check.channels(), check.samples(), "DATE=" + name.date())) {
      Spool.read(spool, new SecondReading(packet -> ogg.write(packet, OpusPacket.of(packet).orElseThrow().samples())));
    }
  }

  private String line(String file, long bytes, String codec) {
    JsonOut line = new JsonOut();
    for (String fact : new String[] {"messageId", "from", "to", "channel", "start"}) {
      line.put(fact, facts.getOrDefault(fact, RawJson.ABSENT));
    }
    if (facts.containsKey("duration")) {
      line.put("duration", facts.get("duration"));
    } else {
      line.put("duration", lastMs);
    }
    return line.put("file", file).put("bytes", bytes).put("codec", codec).put("frames", frames).put("lostFrames", facts.getOrDefault("lostFrames", RawJson.ABSENT)).toText();
  }

  /** Finds out what it is. */
  private final class FirstReading implements Spool.Reader {
    @Override
    public void facts(byte[] json) {
      JsonIn.readObject(json, (fact, value) -> facts.put(fact, value.raw()));
    }

    @Override
    public void frame(byte[] bytes, int sinceStartMs) {
      frames++;
      lastMs = sinceStartMs;
      check.frame(bytes, sinceStartMs);
    }
  }

  /** Writes the frames. */
  private record SecondReading(Sink sink) implements Spool.Reader {
    interface Sink {
      void take(byte[] bytes) throws IOException;
    }

    @Override
    public void facts(byte[] json) {
      // Known from the first one.
    }

    @Override
    public void frame(byte[] bytes, int sinceStartMs) throws IOException {
      sink.take(bytes);
    }
  }
}
