package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in {@code docs/socketio.md}, as it stands there and started as it says: it compiles, and is a server. */
@Timeout(90)
class SocketIoExampleTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern COMMAND = Pattern.compile("^    java (.*)-cp target/roost.jar Chat.java$", Pattern.MULTILINE);
  private static final Pattern PORT = Pattern.compile("localhost:(\\d+)");

  @TempDir private Path folder;

  @Test
  void theProgramOfTheDocsRuns() throws Exception {
    Process program = start();
    try (HttpClient client = HttpClient.newHttpClient(); BufferedReader output = program.inputReader(StandardCharsets.UTF_8)) {
      Matcher port = PORT.matcher(output.readLine());
      assertThat(port.find()).isTrue();
      Packets stranger = Packets.open(client, port.group(1));
      stranger.send("40/chat/lobby,").expect("44/chat/lobby,{\"message\":\"Say who you are\"}");
      stranger.send("40/elsewhere,{}").expect("44/elsewhere,{\"message\":\"Invalid namespace\"}");
      Packets ann = Packets.open(client, port.group(1)).send("40/chat/lobby,{\"name\":\"Ann\"}").expect("40/chat/lobby,{\"sid\":");
      Packets bob = Packets.open(client, port.group(1)).send("40/chat/lobby,{\"name\":\"Bob\"}").expect("40/chat/lobby,{\"sid\":");
      ann.expect("42/chat/lobby,[\"came\",{\"name\":\"Bob\"}");
      bob.send("42/chat/lobby,7[\"say\",{\"text\":[1,\"hello\"]}]").expect("43/chat/lobby,7[1]");
      ann.expect("42/chat/lobby,[\"said\",{\"name\":\"Bob\"},{\"text\":[1,\"hello\"]}");
      bob.send("41/chat/lobby,");
      ann.expect("42/chat/lobby,[\"left\",{\"name\":\"Bob\"}");
      program.outputWriter().append('\n').close();
      assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(program.exitValue()).isZero();
      ann.expect("closed 1001");
      assertThat(output.lines()).isEmpty();
    } finally {
      program.destroyForcibly();
    }
  }

  private Process start() throws Exception {
    String docs = Files.readString(Path.of("docs/socketio.md"));
    Matcher example = EXAMPLE.matcher(docs);
    Matcher options = COMMAND.matcher(docs);
    assertThat(example.find() && options.find()).isTrue();
    Path source = Files.writeString(folder.resolve("Chat.java"), example.group(1));
    // Without what is there for tests, such as their configuration of the log.
    String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).filter(part -> !part.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
    List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), options.group(1).strip(), "-Dport=0", "-cp", classPath, source.toString());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** A client that looks at what comes, packet by packet. */
  private static final class Packets implements WebSocket.Listener {
    private static final int LIMIT_SECONDS = 20;
    private final BlockingQueue<String> came = new LinkedBlockingQueue<>();
    private final StringBuilder begun = new StringBuilder();
    private WebSocket socket;

    static Packets open(HttpClient client, String port) throws Exception {
      Packets packets = new Packets();
      packets.socket = client.newWebSocketBuilder().buildAsync(URI.create("ws://localhost:" + port + "/socket.io/?EIO=4&transport=websocket"), packets).get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return packets.expect("0{\"sid\":");
    }

    Packets send(String packet) {
      socket.sendText(packet, true).join();
      return this;
    }

    /** The next packet begins like this; what recovery adds comes behind it. */
    Packets expect(String beginning) throws InterruptedException {
      assertThat(came.poll(LIMIT_SECONDS, TimeUnit.SECONDS)).startsWith(beginning);
      return this;
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
      begun.append(text);
      if (last) {
        came.add(begun.toString());
        begun.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      came.add("closed " + code);
      return null;
    }
  }
}
