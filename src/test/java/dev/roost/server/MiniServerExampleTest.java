package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in {@code docs/mesh.md}, as it stands there: it compiles, and does what the page says. */
@Timeout(90)
class MiniServerExampleTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern PORT = Pattern.compile("localhost:(\\d+)");

  private final List<String> printed = new ArrayList<>();

  @Test
  void theProgramOfTheDocsRuns(@TempDir Path folder) throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("docs/mesh.md")));
    assertThat(example.find()).isTrue();
    Path source = Files.writeString(folder.resolve("Kiosk.java"), example.group(1));
    Process program = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dport=0", "-cp", System.getProperty("java.class.path"),
        source.toString()).redirectErrorStream(true).start();
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
      assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(program.exitValue()).isZero();
    } finally {
      program.destroyForcibly();
    }
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
