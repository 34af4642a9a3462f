package dev.roost.store;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** A process that hands steps over as fast as it can, says which, and waits to be killed. */
final class KilledWriter {
  private static final int STEPS_A_LINE = 20;
  private static final int STEPS_A_FLUSH = 500;

  private KilledWriter() {}

  /** Goes on behind the steps that the file holds. Prints "applied N" after each few steps, and "flushed N" when all to N are on the disk. */
  public static void main(String[] arguments) {
    Store store = Stores.open(arguments[0]);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
    int n = CrashSteps.count(store);
    out.println("found " + n);
    while (true) {
      store.apply(CrashSteps.step(++n));
      if (n % STEPS_A_FLUSH == 0) {
        int flushed = n;
        store.flush().thenRun(() -> out.println("flushed " + flushed));
      }
      if (n % STEPS_A_LINE == 0) {
        out.println("applied " + n);
      }
    }
  }
}
