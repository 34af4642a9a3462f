package dev.roost;

import dev.roost.bench.Bench;
import dev.roost.server.CommandLine;
import java.util.Arrays;

/** The entry point of {@code java -jar roost.jar}. */
public final class Main {

  private Main() {}

  /** Runs until SIGTERM or SIGINT; ends with 0 then, and with another code if it could not start. With {@code bench} as the first argument it is the load tool. */
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("bench")) {
      Bench.main(Arrays.copyOfRange(arguments, 1, arguments.length));
    } else {
      CommandLine.run(arguments, System.getenv());
    }
  }
}
