package dev.roost.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A real redis-server of the test's own, on a free port of this machine, without persistence. Closed, it can be opened again at the same port, empty. */
public final class RedisServer implements AutoCloseable {
  private static final long START_MILLIS = 10_000;

  private final String program;
  private final List<String> arguments;
  private final int port;
  private final Path folder;
  private Process process;

  private RedisServer(String program, int port, List<String> arguments) {
    this.program = program;
    this.port = port;
    this.arguments = arguments;
    try {
      folder = Files.createTempDirectory("redis");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one with more arguments; without redis-server on this machine the test is skipped. */
  public static RedisServer start(String... arguments) {
    return start("redis-server", freePort(), arguments);
  }

  static RedisServer start(String program, int port, String... arguments) {
    assumeInstalled();
    RedisServer server = new RedisServer(program, port, List.of(arguments));
    server.open();
    return server;
  }

  public static void assumeInstalled() {
    boolean isThere = Arrays.stream(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    Assumptions.assumeTrue(isThere, "redis-server is not installed: ./verify installs it");
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // A server of a cluster has another port 10,000 above; below the range of ports for outgoing connections nobody takes it meanwhile.
      return 10_000 + (socket.getLocalPort() + (int) (ProcessHandle.current().pid() * 7)) % 20_000;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Starts it again. */
  public void open() {
    List<String> command = new ArrayList<>(List.of(program));
    if (program.equals("redis-server")) {
      command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.toString(), "--hz", "100"));
    }
    command.addAll(arguments);
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await("redis-server at " + port, () -> {
      if (!process.isAlive()) {
        throw new IllegalStateException(log());
      }
      return isListening();
    });
  }

  /** Ends it at once. */
  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it so that it can be opened again. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Holds it up: connections stay open, nothing answers. */
  void freeze() {
    signal("STOP");
  }

  void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    run(List.of("kill", "-" + name, Long.toString(process.pid())));
  }

  /** What redis-cli says to a command: the lines of its answer. */
  public List<String> cli(String... words) {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-h", "127.0.0.1", "-p", Integer.toString(port)));
    command.addAll(List.of(words));
    return run(command);
  }

  private static List<String> run(List<String> command) {
    try {
      Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (BufferedReader lines = new BufferedReader(new InputStreamReader(run.getInputStream(), StandardCharsets.UTF_8))) {
        return lines.lines().toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for something that must come, ten seconds at most. */
  public static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("Never came: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }
}
