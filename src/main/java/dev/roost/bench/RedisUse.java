package dev.roost.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * What Redis did in a time, by its own account.
 *
 * @param reads how often it read from a connection: a pipelined batch of commands is one, so there are at most as many round trips
 * @param commands that it carried out, those of scripts included
 * @param calls of each command
 * @param cores that it used on average
 */
record RedisUse(double seconds, long reads, long commands, Map<String, Long> calls, double cores) {
  private static final String COMMAND = "cmdstat_";

  /** What is between two answers to INFO. */
  static RedisUse between(Map<String, String> before, Map<String, String> after, double seconds) {
    Map<String, Long> calls = new TreeMap<>();
    after.forEach((name, line) -> {
      long more = name.startsWith(COMMAND) ? calls(line) - calls(before.getOrDefault(name, "calls=0")) : 0;
      if (more > 0) {
        calls.put(name.substring(COMMAND.length()), more);
      }
    });
    double cpu = number(after, "used_cpu_sys") + number(after, "used_cpu_user") - number(before, "used_cpu_sys") - number(before, "used_cpu_user");
    return new RedisUse(seconds, since(before, after, "total_reads_processed"), since(before, after, "total_commands_processed"), calls, cpu / seconds);
  }

  private static long since(Map<String, String> before, Map<String, String> after, String name) {
    return (long) (number(after, name) - number(before, name));
  }

  private static double number(Map<String, String> info, String name) {
    return Double.parseDouble(info.getOrDefault(name, "0"));
  }

  /** Of {@code calls=12,usec=34,...}. */
  private static long calls(String line) {
    return Long.parseLong(line.substring("calls=".length()).split(",")[0]);
  }
}
