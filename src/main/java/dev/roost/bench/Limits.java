package dev.roost.bench;

/** Looks before the run whether the machine admits so many connections. */
final class Limits {
  /** Files that a process needs besides: jars, libraries, event loops. */
  private static final int SPARE_FILES = 200;

  private Limits() {}

  /** Throws BenchException, with what to do, if a limit is too low. */
  static void check(Plan plan, Network network) {
    int wanted = plan.connections();
    checkFiles("this tool", "self", wanted);
    plan.pid().ifPresent(pid -> {
      // Fails for a process that is not there.
      Proc.cpu(pid);
      checkFiles("the server", Long.toString(pid), wanted);
    });
    boolean spread = network.isLoopback(plan.receivers().target()) && network.isLoopback(plan.senders().target());
    Proc.localPorts().ifPresent(ports -> {
      if (!spread && wanted > ports) {
        throw new BenchException("one address has " + ports + " local ports here, but " + wanted
            + " connections are wanted: widen net.ipv4.ip_local_port_range, or use fewer connections");
      }
    });
  }

  private static void checkFiles(String who, String pid, int wanted) {
    Proc.openFilesLimit(pid).ifPresent(limit -> {
      if (limit < wanted + SPARE_FILES) {
        throw new BenchException(who + " may have " + limit + " open files, but " + wanted + " connections need about " + (wanted + SPARE_FILES)
            + ": raise the limit (ulimit -n " + (wanted + SPARE_FILES) + ") or use fewer connections");
      }
    });
  }
}
