package dev.roost.ptt.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.ptt.Recorder;
import dev.roost.ptt.Recorder.Take;
import dev.roost.ptt.Recorder.Transmission;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordingsTest {
  private static final Instant START = Instant.parse("2026-11-21T18:00:01.234Z");
  private static final InstantSource CLOCK = InstantSource.fixed(START);
  private static final RecordingLimits LIMITS = new RecordingLimits(1 << 20, 1 << 20, 0, 0);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final int MS_20 = 960;

  @TempDir
  Path temporary;
  private Recorder recorder;

  @AfterEach
  void close() {
    if (recorder != null) {
      recorder.close();
    }
  }

  @Test
  void aTransmissionOfOpusIsOneFile() throws IOException {
    open(LIMITS);
    Take take = recorder.begin(group("ada", "42"));
    opus(take, 0, 120);
    take.end("0_3_42_ada_1_2400ms.opus", Duration.ofMillis(2_400));
    recorder.close();
    List<String> lines = index();
    assertThat(lines).hasSize(1);
    String file = value(lines.getFirst(), "file");
    assertThat(file).matches("2026-11-21/20261121T180001\\.234Z-group-[a-z0-9]{12}\\.opus");
    long bytes = Files.size(folder().resolve(file));
    assertThat(lines.getFirst()).isEqualTo("{\"messageId\":\"0_3_42_ada_1_2400ms.opus\",\"from\":\"ada\",\"to\":\"42\",\"channel\":\"group\",\"start\":\"2026-11-21T18:00:01.234Z\",\"duration\":2400,"
        + "\"file\":\"" + file + "\",\"bytes\":" + bytes + ",\"codec\":\"opus\",\"frames\":120,\"lostFrames\":0}");
    OggFile ogg = OggFile.read(Files.readAllBytes(folder().resolve(file)));
    assertThat(ogg.pages().getLast().granulePosition()).isEqualTo(120 * MS_20);
    assertThat(ogg.pages().getLast().flags()).isEqualTo(OggPage.ENDS);
    assertThat(ogg.audio()).extracting(packet -> (int) packet[1]).containsExactlyElementsOf(Stream.iterate(0, i -> i + 1).limit(120).toList());
    assertThat(recorder.figures()).isEqualTo(figures(1, 0, bytes, 0));
    assertThat(names()).containsExactlyInAnyOrder("2026-11-21/index.jsonl", file, "recordings.lock");
  }

  @Test
  void everythingElseIsTheBytesOneAfterTheOther() throws IOException {
    open(LIMITS);
    Take take = recorder.begin(group("ada", "42"));
    opus(take, 0, 2);
    take.audio(new byte[] {9, (byte) 0xff, 7, 9}, 1, 2, Duration.ofMillis(40));
    take.end("id", Duration.ofMillis(60));
    recorder.close();
    String file = value(index().getFirst(), "file");
    assertThat(file).endsWith(".raw");
    assertThat(index().getFirst()).contains("\"codec\":\"raw\"", "\"bytes\":8");
    assertThat(folder().resolve(file)).hasBinaryContent(new byte[] {(byte) 0xf8, 0, 0, (byte) 0xf8, 1, 1, (byte) 0xff, 7});
  }

  @Test
  void aTransmissionWithoutAudioMakesNoFile() throws IOException {
    open(LIMITS);
    recorder.begin(group("ada", "42")).end("id", Duration.ofMillis(60));
    Take silent = recorder.begin(group("ada", "42"));
    silent.audio(new byte[3], 1, 0, Duration.ZERO);
    silent.end("id", Duration.ofMillis(60));
    recorder.close();
    assertThat(names()).containsExactly("recordings.lock");
    assertThat(recorder.figures()).isEqualTo(figures(0, 0, 0, 0));
  }

  @Test
  void idsOfClientsAreInTheIndexOnly() throws IOException {
    open(LIMITS);
    List<String> odd = List.of("../x", "/etc/passwd", "..", "a/b", "a\0b", "a\"\n{b", "x".repeat(200_000), "\ud800", "");
    for (String id : odd) {
      say(new Transmission(true, id, id, START), 1);
      say(new Transmission(false, id, id, START), 1);
    }
    recorder.close();
    List<String> lines = index();
    assertThat(lines).hasSize(2 * odd.size());
    assertThat(lines.getFirst()).contains("\"from\":\"../x\",\"to\":\"../x\",\"channel\":\"group\"");
    assertThat(lines.get(1)).contains("\"channel\":\"private\"");
    assertThat(lines).extracting(line -> value(line, "file")).doesNotHaveDuplicates().allMatch(file -> file.matches("2026-11-21/20261121T180001\\.234Z-(group|private)-[a-z0-9]{12}\\.opus"));
    try (Stream<Path> around = Files.list(temporary)) {
      assertThat(around).containsExactly(folder());
    }
    assertThat(names()).hasSize(2 * odd.size() + 2).allMatch(name -> name.matches("2026-11-21/[-.0-9a-zTZ]+|recordings\\.lock"));
  }

  @Test
  void twoThatSpeakAtOnceAreNotMixed() throws IOException {
    open(LIMITS);
    List<Take> takes = List.of(recorder.begin(group("ada", "42")), recorder.begin(group("ada", "42")));
    for (int i = 0; i < 100; i++) {
      for (int speaker = 0; speaker < 2; speaker++) {
        takes.get(speaker).audio(new byte[] {(byte) 0xf8, (byte) speaker, (byte) i}, 0, 3, Duration.ofMillis(i * 20));
      }
    }
    takes.get(1).end("one", Duration.ofSeconds(2));
    takes.get(0).end("zero", Duration.ofSeconds(2));
    recorder.close();
    assertThat(index()).extracting(line -> value(line, "messageId")).containsExactly("one", "zero");
    for (int speaker = 0; speaker < 2; speaker++) {
      int expected = speaker;
      OggFile ogg = OggFile.read(Files.readAllBytes(folder().resolve(value(index().get(1 - speaker), "file"))));
      assertThat(ogg.audio()).hasSize(100).allMatch(packet -> packet[1] == expected);
    }
  }

  @Test
  void onlyTheOwnerCanReadAnything() throws IOException {
    open(LIMITS);
    say(group("ada", "42"), 3);
    await(() -> recorder.figures().get("recordings").equals(1L));
    Take left = recorder.begin(group("ada", "42"));
    opus(left, 0, 60);
    await(() -> names().stream().anyMatch(name -> name.endsWith(".spool")));
    try (Stream<Path> all = Files.walk(folder())) {
      for (Path path : all.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).as(path.toString()).isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void theEndOfTheServerEndsWhatIsUnderWay() throws IOException {
    open(LIMITS);
    opus(recorder.begin(group("ada", "42")), 0, 70);
    recorder.close();
    assertThat(index()).hasSize(1);
    assertThat(index().getFirst()).contains("\"messageId\":null", "\"duration\":1380", "\"frames\":70");
    Take late = recorder.begin(group("ada", "42"));
    opus(late, 0, 70);
    late.end("late", Duration.ZERO);
    assertThat(index()).hasSize(1);
  }

  @Test
  void whatACrashLeftIsFinishedAtTheStart() throws IOException {
    crashed("20261120T100000.000Z-private-aaaaaaaaaaaa", 60, 5);
    crashed("20261120T110000.000Z-group-bbbbbbbbbbbb", 0, 0);
    Files.write(folder().resolve("unfinished/20261120T120000.000Z-group-cccccccccccc.spool"), new byte[] {0, 0});
    Files.write(folder().resolve("unfinished/20261120T100000.000Z-private-aaaaaaaaaaaa.part"), new byte[10_000]);
    Files.writeString(folder().resolve("unfinished/notes.txt"), "of somebody else");
    open(LIMITS);
    recorder.close();
    assertThat(names()).containsExactlyInAnyOrder("2026-11-20/20261120T100000.000Z-private-aaaaaaaaaaaa.opus", "2026-11-20/index.jsonl", "recordings.lock", "unfinished/notes.txt");
    assertThat(Files.readAllLines(folder().resolve("2026-11-20/index.jsonl"))).singleElement().asString()
        .contains("\"messageId\":null,\"from\":\"../x\",\"to\":\"bob\",\"channel\":\"private\"", "\"duration\":1180", "\"frames\":60");
    OggFile ogg = OggFile.read(Files.readAllBytes(folder().resolve("2026-11-20/20261120T100000.000Z-private-aaaaaaaaaaaa.opus")));
    assertThat(ogg.audio()).hasSize(60);
    assertThat(recorder.figures().get("recordings")).isEqualTo(1L);
  }

  @Test
  void aCrashAfterTheIndexDoesNotListTwice() throws IOException {
    open(LIMITS);
    say(group("ada", "42"), 3);
    recorder.close();
    String name = Path.of(value(index().getFirst(), "file")).getFileName().toString().replace(".opus", "");
    Files.delete(folder().resolve("unfinished"));
    crashed(name, 3, 0);
    // And half a line of another one, as a machine leaves it.
    Files.write(folder().resolve("2026-11-21/index.jsonl"), "{\"from\":\"\u00e4".getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.APPEND);
    open(LIMITS);
    say(group("bob", "42"), 3);
    recorder.close();
    List<String> lines = new String(Files.readAllBytes(folder().resolve("2026-11-21/index.jsonl")), StandardCharsets.ISO_8859_1).lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(2)).contains("\"from\":\"bob\"").startsWith("{").endsWith("}");
    assertThat(names()).noneMatch(file -> file.startsWith("unfinished"));
  }

  @Test
  void whatDoesNotFitIsLostAndCounted() throws IOException {
    open(new RecordingLimits(0, 1 << 20, 0, 0));
    Take take = recorder.begin(group("ada", "42"));
    opus(take, 0, 120);
    take.end("id", Duration.ofMillis(2_400));
    recorder.close();
    assertThat(recorder.figures()).isEqualTo(figures(0, 1, 0, 120));
    assertThat(names()).containsExactly("recordings.lock");
  }

  @Test
  void aRecordingHasABound() throws IOException {
    open(new RecordingLimits(1 << 20, 300, 0, 0));
    Take take = recorder.begin(group("ada", "42"));
    opus(take, 0, 120);
    take.end("id", Duration.ofMillis(2_400));
    recorder.close();
    assertThat(index().getFirst()).contains("\"codec\":\"opus\",\"frames\":100,\"lostFrames\":20");
    assertThat(recorder.figures().get("recordingFramesLost")).isEqualTo(20L);
  }

  @Test
  void largeFramesGoOnAtOnce() throws IOException {
    open(new RecordingLimits(1 << 20, 1 << 20, 0, 0));
    Take take = recorder.begin(group("ada", "42"));
    byte[] large = new byte[100_000];
    for (int i = 0; i < 3; i++) {
      take.audio(new byte[10], 0, 10, Duration.ZERO);
      take.audio(large, 0, large.length, Duration.ZERO);
    }
    take.end("id", Duration.ZERO);
    recorder.close();
    assertThat(index().getFirst()).contains("\"bytes\":300030,\"codec\":\"raw\",\"frames\":6");
  }

  @Test
  void withoutFreeSpaceNothingIsRecorded() throws IOException {
    open(new RecordingLimits(1 << 20, 1 << 20, Long.MAX_VALUE, 0));
    say(group("ada", "42"), 3);
    recorder.close();
    assertThat(recorder.figures()).isEqualTo(figures(0, 1, 0, 3));
    assertThat(names()).containsExactly("recordings.lock");
  }

  @Test
  void afterTheFolderWasGoneRecordingsGoOn() throws IOException {
    open(LIMITS);
    Take before = recorder.begin(group("ada", "42"));
    opus(before, 0, 60);
    await(() -> names().stream().anyMatch(name -> name.endsWith(".spool")));
    Path away = Files.move(folder(), temporary.resolve("away"));
    Files.createFile(folder());
    opus(before, 60, 60);
    before.end("before", Duration.ofMillis(2_400));
    say(group("bob", "42"), 3);
    await(() -> recorder.figures().get("recordingsLost").equals(2L));
    Files.delete(folder());
    say(group("cleo", "42"), 3);
    recorder.close();
    assertThat(index()).singleElement().asString().contains("\"from\":\"cleo\"");
    assertThat(recorder.figures().get("recordings")).isEqualTo(1L);
    assertThat(away).isDirectory();
  }

  @Test
  void aRecordingThatCouldNotBeFinishedIsFinishedLater() throws IOException {
    open(LIMITS, OFTEN);
    // A file where the folder of the day is to be.
    Files.createFile(folder().resolve("2026-11-21"));
    Take take = recorder.begin(group("ada", "42"));
    opus(take, 0, 3);
    take.end("id", Duration.ofMillis(60));
    await(() -> names().stream().anyMatch(name -> name.endsWith(".part")));
    Files.delete(folder().resolve("2026-11-21"));
    await(() -> recorder.figures().get("recordings").equals(1L));
    assertThat(index()).singleElement().asString().contains("\"messageId\":\"id\"", "\"duration\":60");
    assertThat(names()).noneMatch(name -> name.startsWith("unfinished"));
  }

  @Test
  void oldDaysAreDeletedAndNothingElse() throws IOException {
    for (String day : List.of("2026-11-13", "2026-11-14", "2026-11-21", "old", "2026-13-01")) {
      Files.createDirectories(folder().resolve(day));
      Files.createFile(folder().resolve(day).resolve("20261113T100000.000Z-private-aaaaaaaaaaaa.opus"));
      Files.createFile(folder().resolve(day).resolve("20261113T100000.000Z-group-aaaaaaaaaaaa.raw"));
      Files.createFile(folder().resolve(day).resolve("index.jsonl"));
    }
    Files.createDirectories(folder().resolve("2026-11-12"));
    Files.createFile(folder().resolve("2026-11-12/index.jsonl"));
    Files.createFile(folder().resolve("2026-11-13/evidence.opus"));
    open(new RecordingLimits(1 << 20, 1 << 20, 0, 7));
    recorder.close();
    assertThat(names().stream().filter(name -> name.startsWith("2026-11-1"))).containsExactlyInAnyOrder("2026-11-13/evidence.opus", "2026-11-14/index.jsonl",
        "2026-11-14/20261113T100000.000Z-private-aaaaaaaaaaaa.opus", "2026-11-14/20261113T100000.000Z-group-aaaaaaaaaaaa.raw");
    assertThat(folder().resolve("2026-11-12")).doesNotExist();
    assertThat(names()).contains("2026-11-21/index.jsonl", "old/index.jsonl", "2026-13-01/index.jsonl");
  }

  @Test
  void offUnlessAFolderIsNamed() {
    assertThat(Recordings.open(Settings.of(Map.of()))).isSameAs(Recorder.NONE);
    assertThat(Recorder.NONE.figures()).isEmpty();
  }

  @Test
  void aFolderIsMadeAndBelongsToOneServer() {
    Settings settings = Settings.of(Map.of("PTT_RECORDINGS", temporary.resolve("a/b").toString()));
    recorder = Recordings.open(settings);
    say(group("ada", "42"), 3);
    assertThatThrownBy(() -> Recordings.open(settings)).isInstanceOf(SettingException.class)
        .hasMessageStartingWith("PTT_RECORDINGS must be a folder that this server alone can write to, but was \"" + temporary).hasMessageEndingWith("another server records there").hasMessageNotContaining("\n");
    await(() -> recorder.figures().get("recordings").equals(1L));
    recorder.close();
    recorder = Recordings.open(settings);
  }

  @Test
  void whatIsNoFolderIsRefused() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));
    for (String wrong : List.of(file.toString(), file.resolve("below").toString(), "a\0b")) {
      assertThatThrownBy(() -> Recordings.open(Settings.of(Map.of("PTT_RECORDINGS", wrong)))).as(wrong).isInstanceOf(SettingException.class).hasMessageContaining("PTT_RECORDINGS must be");
    }
  }

  private Path folder() {
    return temporary.resolve("recordings");
  }

  private void open(RecordingLimits limits) throws IOException {
    open(limits, NEVER);
  }

  private void open(RecordingLimits limits, Duration tidyInterval) throws IOException {
    recorder = new Recordings(RecordingFolder.open(folder()), limits, CLOCK, tidyInterval, LIMIT);
  }

  private static Transmission group(String from, String to) {
    return new Transmission(true, from, to, START);
  }

  private void say(Transmission transmission, int packets) {
    Take take = recorder.begin(transmission);
    opus(take, 0, packets);
    take.end("id", Duration.ofMillis(packets * 20L));
  }

  /** Packets of 20 ms at their pace, numbered; in an array that has more than them, and changes after it. */
  private static void opus(Take take, int first, int count) {
    for (int i = first; i < first + count; i++) {
      take.audio(new byte[] {1, 2, (byte) 0xf8, (byte) i, (byte) i, 3}, 2, 3, Duration.ofMillis(i * 20L));
    }
  }

  /** A spool as the end of a process leaves it, with some bytes of a frame that is not whole. */
  private void crashed(String name, int frames, int cutBytes) throws IOException {
    Files.createDirectories(folder().resolve("unfinished"));
    Path path = folder().resolve("unfinished").resolve(name + ".spool");
    Spool spool = new Spool(path, RecordingFile.beginning(new Transmission(false, "../x", "bob", START)));
    Batch batch = new Batch(0);
    for (int i = 0; i < frames; i++) {
      batch.add(new byte[] {(byte) 0xf8, (byte) i}, 0, 2, i * 20);
    }
    spool.append(batch);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(file.length());
      file.write(new byte[cutBytes]);
    }
  }

  private List<String> index() throws IOException {
    return Files.readAllLines(folder().resolve("2026-11-21/index.jsonl"));
  }

  private static String value(String line, String key) {
    int from = line.indexOf("\"" + key + "\":\"") + key.length() + 4;
    return line.substring(from, line.indexOf('"', from));
  }

  /** All files in the folder, relative to it. */
  private List<String> names() {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder())) {
      files.filter(Files::isRegularFile).forEach(file -> names.add(folder().relativize(file).toString()));
    } catch (IOException | UncheckedIOException e) {
      // Something went while it was looked at.
    }
    return names;
  }

  private static Map<String, Number> figures(long written, long lost, long bytes, long lostFrames) {
    return Map.of("recordings", written, "recordingsLost", lost, "recordingBytes", bytes, "recordingFramesLost", lostFrames);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it did not happen in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
