package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in {@code docs/mesh.md}, as it stands there and started as it says: it compiles, does what the page says, and prints nothing else. */
@Timeout(90)
class MiniServerExampleTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern COMMAND = Pattern.compile("^    java (.*)-cp target/roost.jar Kiosk.java$", Pattern.MULTILINE);
  private static final Pattern PORT = Pattern.compile("localhost:(\\d+)");

  private final List<String> printed = new ArrayList<>();
  @TempDir private Path folder;

  @Test
  void theProgramOfTheDocsRuns() throws Exception {
    Process program = start(classPath());
    try (HttpClient client = HttpClient.newHttpClient(); BufferedReader output = program.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(until(output, PORT).group(1));
      until(output, Pattern.compile("This device is the admin now"));
      Inbox phone = Inbox.connect(client, port, "/?organizationId=org_456&clientId=phone&clientName=Phone&capabilities=location.share");
      phone.await(text -> text.contains("\"deviceId\":\"device_123\""));
      until(output, Pattern.compile("Phone is here and can do \\[location.share]"));
      program.outputWriter().append('\n').close();
      until(output, Pattern.compile("This device is the admin$"));
      until(output, Pattern.compile("Connected: \\[MeshClient\\[id=phone, name=Phone,"));
      assertThat(phone.await(text -> text.startsWith("closed"))).isEqualTo("closed 1001");
      output.lines().forEach(printed::add);
      assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(program.exitValue()).isZero();
      // Nothing of the libraries, and of Roost what is worth a warning.
      assertThat(printed).filteredOn(line -> !line.matches("\\S+ WARN +(Roost|Mesh\\w*): .*")).hasSize(7);
    } finally {
      program.destroyForcibly();
    }
  }

  @Test
  void theProgramsOwnConfigurationOfTheLogCounts() throws Exception {
    Files.writeString(folder.resolve("logback.xml"), """
        <configuration>
          <appender name="own" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>own %level %message%n</pattern></encoder></appender>
          <root level="info"><appender-ref ref="own"/></root>
        </configuration>
        """);
    Process program = start(folder + File.pathSeparator + classPath());
    try (BufferedReader output = program.inputReader(StandardCharsets.UTF_8)) {
      until(output, Pattern.compile("^own INFO Listening on "));
      program.outputWriter().append('\n').close();
      until(output, Pattern.compile("^own INFO Stopped"));
      assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      program.destroyForcibly();
    }
  }

  private Process start(String classPath) throws IOException {
    String docs = Files.readString(Path.of("docs/mesh.md"));
    Matcher example = EXAMPLE.matcher(docs);
    Matcher options = COMMAND.matcher(docs);
    assertThat(example.find() && options.find()).isTrue();
    Path source = Files.writeString(folder.resolve("Kiosk.java"), example.group(1));
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dport=0"));
    command.addAll(List.of(options.group(1).strip().split(" +")));
    command.addAll(List.of("-cp", classPath, source.toString()));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Without what is there for tests, such as their configuration of the log. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).filter(part -> !part.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The first line that matches, whether it was printed before or comes yet: the order of what happens and what the program says is free. */
  private Matcher until(BufferedReader output, Pattern wanted) throws IOException {
    for (String line : printed) {
      Matcher match = wanted.matcher(line);
      if (match.find()) {
        return match;
      }
    }
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      printed.add(line);
      Matcher match = wanted.matcher(line);
      if (match.find()) {
        return match;
      }
    }
    throw new AssertionError("The program ended without \"" + wanted + "\": " + printed);
  }
}
