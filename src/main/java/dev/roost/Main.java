package dev.roost;

import dev.roost.server.CommandLine;

/** The entry point of {@code java -jar roost.jar}. */
public final class Main {

  private Main() {}

  /** Runs until SIGTERM or SIGINT; ends with 0 then, and with another code if it could not start. */
  public static void main(String[] arguments) {
    CommandLine.run(arguments, System.getenv());
  }
}
