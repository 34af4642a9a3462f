package dev.roost.server;

import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.store.StoreException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ParameterException;

/** What happens between the command line and the running server, and at its end. */
public final class CommandLine {
  private static final int USAGE_ERROR = 2;
  private static final int START_FAILED = 1;

  private CommandLine() {}

  /**
   * Does what the arguments say. Returns when the server runs, or when there is nothing to run; ends the process if it cannot start.
   *
   * @param arguments as given to the program
   * @param environment names and values
   */
  public static void run(String[] arguments, Map<String, String> environment) {
    if (List.of(arguments).contains("--train")) {
      // The start script makes the AOT cache with it; see AotTraining.
      AotTraining.run();
      return;
    }
    try {
      Options options = Options.parse(Arrays.asList(arguments));
      if (options.wantsHelp()) {
        System.out.print(Options.help());
      } else if (options.wantsVersion()) {
        System.out.println("Roost " + Version.NUMBER + " (Java " + Runtime.version() + ")");
      } else if (options.wantsCheck()) {
        System.out.print(ConfigurationCheck.report(options.settings(environment)));
      } else {
        serve(options.settings(environment));
      }
    } catch (ParameterException e) {
      fail(USAGE_ERROR, e.getMessage() + " (--help lists all options)");
    } catch (SettingException | StoreException e) {
      fail(START_FAILED, e.getMessage());
    }
  }

  private static void serve(Settings given) {
    Logging.configure(given.get(ServerSettings.LOG_LEVEL), given.get(ServerSettings.LOG_FORMAT));
    Demo demo = Demo.of(given);
    Roost roost = Roost.start(demo.settings());
    endWithSuccessOnSignal(roost);
    demo.print(roost);
  }

  /** A process that was asked to stop and did has not failed; without this Java would end with 128 + the signal. */
  private static void endWithSuccessOnSignal(Roost roost) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      roost.close();
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }, "shutdown"));
  }

  private static void fail(int code, String line) {
    System.err.println("roost: " + line.lines().findFirst().orElse("cannot start"));
    System.exit(code);
  }
}
