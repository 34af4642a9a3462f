package dev.roost.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;

/** The entry point of {@code ./roost bench}. */
public final class Bench {
  private static final int FINE = 0;
  private static final int COULD_NOT_RUN = 1;
  private static final int USAGE_ERROR = 2;
  private static final int FAULTY = 3;
  private static final long REPORT_LIMIT_SECONDS = 40;

  private Bench() {}

  /**
   * Does what the arguments say and ends the process with the exit code that the help names. The first SIGINT or SIGTERM stops the load and prints what there is.
   *
   * @param arguments behind the word {@code bench}
   */
  public static void main(String... arguments) {
    // Figures look the same everywhere.
    Locale.setDefault(Locale.ROOT);
    // What the network library has to say would stand between the figures.
    LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
    logback.reset();
    logback.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    Signal signal = new Signal();
    int code = run(System.out, System.err, signal::stops, arguments);
    signal.done(code);
    System.exit(code);
  }

  /**
   * The whole tool but for the process around it; returns the exit code.
   *
   * @param started gets the run before it begins, to be able to stop it
   */
  static int run(PrintStream out, PrintStream errors, Consumer<Run> started, String... arguments) {
    try {
      BenchOptions options = BenchOptions.parse(arguments);
      if (options.help) {
        out.print(BenchOptions.usage());
        return FINE;
      }
      boolean shown = options.progress || System.console() != null && System.console().isTerminal();
      Run run = new Run(Guest.introduce(options.plan()), line -> {
        if (shown) {
          errors.println(line);
        }
      });
      started.accept(run);
      Result result = run.go();
      out.print(options.json ? JsonReport.of(result) + "\n" : Report.of(result));
      return options.strict && result.isFaulty() ? FAULTY : FINE;
    } catch (ParameterException e) {
      return fail(errors, USAGE_ERROR, e.getMessage() + " (bench --help lists all options)");
    } catch (BenchException e) {
      return fail(errors, COULD_NOT_RUN, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail(errors, COULD_NOT_RUN, "interrupted");
    }
  }

  private static int fail(PrintStream errors, int code, String line) {
    errors.println("roost bench: " + line.lines().findFirst().orElse("failed"));
    return code;
  }

  /** Turns a signal to this process into an early, but orderly, end of the run. */
  static final class Signal {
    private final CountDownLatch reported = new CountDownLatch(1);
    private final AtomicInteger code = new AtomicInteger(COULD_NOT_RUN);

    private void stops(Run run) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        run.stop();
        try {
          reported.await(REPORT_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        System.out.flush();
        Runtime.getRuntime().halt(code.get());
      }, "bench-stop"));
    }

    private void done(int given) {
      code.set(given);
      reported.countDown();
    }
  }
}
