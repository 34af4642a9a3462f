package dev.roost.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What Linux says about processes: CPU time, memory, limits. Elsewhere nothing is known, and every method says so. Any thread. */
final class Proc {
  /** The unit of CPU times in /proc is a hundredth of a second on every machine that Java 25 runs on. */
  private static final double TICKS_PER_SECOND = 100;
  /** The kernel keeps so much of a thread's name. */
  private static final int COMM_LENGTH = 15;
  private static final Path ROOT = Path.of("/proc");

  private Proc() {}

  /** CPU time in seconds since a process began, of all its threads. */
  record Cpu(double user, double system) {
    static final Cpu NONE = new Cpu(0, 0);

    double sum() {
      return user + system;
    }

    Cpu since(Cpu before) {
      return new Cpu(user - before.user, system - before.system);
    }
  }

  /** Throws BenchException if there is no such process, or no /proc. */
  static Cpu cpu(long pid) {
    String stat = read(pid, "stat");
    // The name in brackets may hold anything.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return new Cpu(Long.parseLong(fields[11]) / TICKS_PER_SECOND, Long.parseLong(fields[12]) / TICKS_PER_SECOND);
  }

  /** Memory that the process has in RAM, in KB. */
  static long residentKilobytes(long pid) {
    return number(lines(read(pid, "status")), "VmRSS:").orElseThrow(() -> new BenchException("the process " + pid + " has ended"));
  }

  /** How many files the process may have open; empty if that is not known. */
  static OptionalLong openFilesLimit(String pid) {
    try {
      return number(Files.readAllLines(ROOT.resolve(pid).resolve("limits")), "Max open files");
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** How many connections one local address can have to one port; empty if that is not known. */
  static OptionalLong localPorts() {
    // In one read: a second one of such a file gives nothing, and Files.readString begins with a single byte.
    try (BufferedReader reader = Files.newBufferedReader(ROOT.resolve("sys/net/ipv4/ip_local_port_range"))) {
      String[] range = reader.readLine().strip().split("\\s+");
      return OptionalLong.of(Long.parseLong(range[1]) - Long.parseLong(range[0]) + 1);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** CPU seconds that the whole machine has spent, time that its host took included; 0 where that is not known. */
  static double machineCpuSeconds() {
    try {
      String[] fields = Files.readAllLines(ROOT.resolve("stat")).getFirst().split("\\s+");
      long ticks = 0;
      for (int field : new int[] {1, 2, 3, 6, 7, 8}) {
        ticks += Long.parseLong(fields[field]);
      }
      return ticks / TICKS_PER_SECOND;
    } catch (IOException e) {
      return 0;
    }
  }

  /** How long a thread of this process has waited for a core, in nanoseconds; 0 where that is not known. */
  static long waitedForCore(String threadName) {
    String shown = threadName.length() > COMM_LENGTH ? threadName.substring(0, COMM_LENGTH) : threadName;
    try (Stream<Path> tasks = Files.list(ROOT.resolve("self/task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(shown)) {
          return Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[1]);
        }
      }
    } catch (IOException e) {
      // A thread has just ended, or this is no Linux: said by the 0.
    }
    return 0;
  }

  private static OptionalLong number(List<String> lines, String label) {
    return lines.stream().filter(line -> line.startsWith(label)).map(line -> line.substring(label.length()).strip().split("\\s+")[0])
        .filter(text -> text.matches("\\d+")).mapToLong(Long::parseLong).findFirst();
  }

  private static List<String> lines(String text) {
    return text.lines().toList();
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(ROOT.resolve(Long.toString(pid)).resolve(file));
    } catch (IOException e) {
      throw new BenchException("--pid " + pid + ": there is no such process on this machine (or no /proc to read about it)");
    }
  }
}
