package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a process that writes as fast as it can, again and again on the same file. */
class RealCrashTest {
  private static final int ROUNDS = 8;
  private static final long PROMISE_NANOS = Duration.ofMillis(100).toNanos();

  /** What kill -9 leaves does not depend on the disk, and how soon it is written would. */
  @TempDir(factory = InMemoryFolder.class)
  Path folder;

  private final Random random = new Random(9);

  /** What a process said until it was killed; times of {@link System#nanoTime()}, when the line was read. */
  private static final class Said {
    private final List<long[]> applied = new ArrayList<>();
    private int found = -1;
    private int flushed;

    synchronized void line(String line, long now) {
      int n = Integer.parseInt(line.substring(line.indexOf(' ') + 1));
      switch (line.charAt(0)) {
        case 'a' -> applied.add(new long[] {n, now});
        case 'f' -> {
          if (line.startsWith("flushed")) {
            flushed = n;
          } else {
            found = n;
          }
        }
        default -> throw new AssertionError(line);
      }
    }

    synchronized int appliedBefore(long time) {
      return (int) applied.stream().filter(step -> step[1] - time < 0).mapToLong(step -> step[0]).max().orElse(0);
    }
  }

  @Test
  void aKilledProcessLeavesWhatItFlushedAndWhatIsOlderThanTheWindow() throws Exception {
    int before = 0;
    int roundsOfWork = 0;
    int aged = 0;
    int late = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Said said = new Said();
      long killed = runAndKill(said, round % 4 == 3);
      try (Store store = Stores.open(folder.resolve("roost.db").toString())) {
        int found = CrashSteps.applied(store);
        assertThat(found).as("round %d: nothing that was there is gone", round).isGreaterThanOrEqualTo(before);
        assertThat(said.found).as("round %d: what the process found", round).isIn(-1, before);
        assertThat(found).as("round %d: flushed", round).isGreaterThanOrEqualTo(said.flushed);
        late += found < said.appliedBefore(killed - PROMISE_NANOS) ? 1 : 0;
        aged += said.appliedBefore(killed - PROMISE_NANOS) > 0 ? 1 : 0;
        roundsOfWork += found > before ? 1 : 0;
        before = found;
      }
    }
    assertThat(roundsOfWork).isGreaterThan(ROUNDS / 2);
    assertThat(aged).as("rounds with steps older than 100 ms").isGreaterThan(ROUNDS / 6);
    // A machine that is busy with other things may keep the thread from its core for that long, but not again and again.
    assertThat(late).as("rounds that lost steps older than 100 ms").isLessThanOrEqualTo(1);
  }

  /** Kills at a random moment of the work, or of the start; returns when. */
  private long runAndKill(Said said, boolean atTheStart) throws IOException, InterruptedException {
    Process process = start();
    try (BufferedReader lines = process.inputReader()) {
      if (atTheStart) {
        process.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
      } else {
        said.line(lines.readLine(), System.nanoTime());
      }
      Thread reader = Thread.ofPlatform().start(() -> readAll(lines, said));
      if (!atTheStart) {
        process.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS);
      }
      long killed = System.nanoTime();
      process.destroyForcibly();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      reader.join();
      return killed;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void readAll(BufferedReader lines, Said said) {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // The last one may be cut.
        if (line.matches("(applied|flushed|found) \\d+")) {
          said.line(line, System.nanoTime());
        }
      }
    } catch (IOException e) {
      // The process has ended.
    }
  }

  private Process start() throws IOException {
    return new ProcessBuilder(command(folder.resolve("roost.db"))).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Runs a {@link KilledWriter}. */
  static List<String> command(Path store) {
    String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-cp", classPath, KilledWriter.class.getName(), store.toString());
  }
}
