package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails a thousand times, in the middle of writing the log or of bringing it into the file: of what was being written a part is there, then some garbage, and then
 * what was there before.
 */
class SimulatedCrashTest {
  private static final int ROUNDS = 1000;
  private static final Duration ONLY_AT_A_FLUSH = Duration.ofHours(1);
  private static final int SECTOR_BYTES = 512;

  /** The crashes are made of bytes: a real disk would only cost time. */
  @TempDir(factory = InMemoryFolder.class)
  Path folder;

  private final Random random = new Random(20261121);
  private int checkpointsTorn;
  private int stepsFound;

  /** What a disk holds at a moment when nothing is being written. */
  private record Disk(byte[] file, byte[] log, int steps) {}

  @Test
  void aThousandCrashesLeaveAPrefixAndNothingHalfApplied() throws IOException {
    SqliteOptions options = new SqliteOptions(ONLY_AT_A_FLUSH, Duration.ofMillis(5), 1 << 20, Migration.ALL, SimulatedCrashTest::oftenBringIn);
    try (Store store = SqliteStore.open(folder.resolve("roost.db"), options)) {
      Disk before = disk(0);
      for (int round = 0; round < ROUNDS; round++) {
        Disk after = write(store, before.steps());
        crash(before, after, round);
        before = after;
      }
    }
    // Both kinds of crash happened, and many ended between the old and the new.
    assertThat(checkpointsTorn).isGreaterThan(20);
    assertThat(stepsFound).isGreaterThan(50);
  }

  /** A few steps in one transaction, which may bring the log into the file behind it. */
  private Disk write(Store store, int from) throws IOException {
    int to = from + 1 + random.nextInt(4);
    for (int n = from + 1; n <= to; n++) {
      store.apply(CrashSteps.step(n));
    }
    StoreContract.await(store.flush());
    return disk(to);
  }

  private Disk disk(int steps) throws IOException {
    Path log = folder.resolve("roost.db-wal");
    return new Disk(Files.readAllBytes(folder.resolve("roost.db")), Files.exists(log) ? Files.readAllBytes(log) : new byte[0], steps);
  }

  private void crash(Disk before, Disk after, int round) throws IOException {
    Path crashed = Files.createDirectory(folder.resolve("crash" + round));
    boolean inCheckpoint = !Arrays.equals(before.file(), after.file()) && random.nextBoolean();
    // The file is written only when the log is safe.
    Files.write(crashed.resolve("roost.db"), inCheckpoint ? torn(before.file(), after.file()) : before.file());
    Files.write(crashed.resolve("roost.db-wal"), inCheckpoint ? after.log() : torn(before.log(), after.log()));
    try (Store store = SqliteStore.open(crashed.resolve("roost.db"), SqliteOptions.defaults())) {
      int found = CrashSteps.applied(store);
      assertThat(found).as("round %d", round).isBetween(inCheckpoint ? after.steps() : before.steps(), after.steps());
      checkpointsTorn += inCheckpoint ? 1 : 0;
      stepsFound += !inCheckpoint && found > before.steps() ? 1 : 0;
    }
  }

  /** Written in order up to somewhere, a sector of garbage there, the old behind; or nothing behind, where the file was not as long yet. */
  private byte[] torn(byte[] before, byte[] after) {
    int first = Math.max(0, Arrays.mismatch(before, after));
    int last = lastDifference(before, after);
    int cut = first + random.nextInt(Math.max(1, last - first + 1));
    // At times all of it is there, but for the last sector or not even that.
    if (random.nextInt(4) == 0) {
      cut = last;
    }
    byte[] torn = Arrays.copyOf(after, Math.max(cut, before.length));
    if (cut < before.length) {
      System.arraycopy(before, cut, torn, cut, before.length - cut);
    }
    byte[] garbage = new byte[cut == last ? 0 : Math.min(random.nextInt(SECTOR_BYTES), torn.length - cut)];
    random.nextBytes(garbage);
    System.arraycopy(garbage, 0, torn, cut, garbage.length);
    return torn;
  }

  /** Behind the last byte that was written. */
  private static int lastDifference(byte[] before, byte[] after) {
    int last = after.length;
    while (last > 0 && after.length == before.length && after[last - 1] == before[last - 1]) {
      last--;
    }
    return last;
  }

  /** Every 20 pages instead of every 1000. */
  private static void oftenBringIn(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_autocheckpoint = 20");
    }
  }
}
