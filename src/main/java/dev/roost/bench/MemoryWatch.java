package dev.roost.bench;

/** Reads the resident memory of a process when it has settled: two readings a second apart differ by less than 1 %. */
final class MemoryWatch {
  private static final double SETTLED = 0.01;
  private static final int LIMIT_SECONDS = 30;

  private final long pid;
  private final Reading before;

  /** A size, and whether it had settled. */
  private record Reading(long kilobytes, boolean settled) {}

  private MemoryWatch(long pid, Reading before) {
    this.pid = pid;
    this.before = before;
  }

  /** Reads now; the connections come later. */
  static MemoryWatch begin(long pid) throws InterruptedException {
    return new MemoryWatch(pid, settled(pid));
  }

  /** Reads with the connections there. */
  Result.Memory withConnections(int connections) throws InterruptedException {
    Reading after = settled(pid);
    return new Result.Memory(before.kilobytes(), after.kilobytes(), connections, before.settled() && after.settled());
  }

  private static Reading settled(long pid) throws InterruptedException {
    long last = Proc.residentKilobytes(pid);
    for (int second = 0; second < LIMIT_SECONDS; second++) {
      Thread.sleep(1_000);
      long now = Proc.residentKilobytes(pid);
      if (Math.abs(now - last) < last * SETTLED) {
        return new Reading(now, true);
      }
      last = now;
    }
    return new Reading(last, false);
  }
}
