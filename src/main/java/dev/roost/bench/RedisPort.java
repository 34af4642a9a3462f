package dev.roost.bench;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The Redis that a server uses, asked and filled past the server. Plain RESP 2; not thread-safe. */
final class RedisPort implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  /** Commands that are under way at a time: their answers fit into the buffers of the connection. */
  private static final int AT_ONCE = 1_000;

  private final InetSocketAddress address;
  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;

  RedisPort(InetSocketAddress address) {
    this.address = address;
    try {
      socket.connect(address, TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      out = new BufferedOutputStream(socket.getOutputStream());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** All counts that Redis keeps, by their names. */
  Map<String, String> info() {
    try {
      send(List.of("INFO", "all"));
      out.flush();
      Map<String, String> info = new TreeMap<>();
      answer().lines().filter(line -> line.contains(":")).forEach(line -> info.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1)));
      return info;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Carries out all commands, in their order; throws BenchException at the first that Redis refuses. */
  void all(List<List<String>> commands) {
    try {
      for (int from = 0; from < commands.size(); from += AT_ONCE) {
        List<List<String>> some = commands.subList(from, Math.min(commands.size(), from + AT_ONCE));
        for (List<String> command : some) {
          send(command);
        }
        out.flush();
        for (int i = 0; i < some.size(); i++) {
          answer();
        }
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void send(List<String> command) throws IOException {
    out.write(("*" + command.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String part : command) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private String answer() throws IOException {
    int kind = in.readUnsignedByte();
    String line = line();
    if (kind == '-') {
      throw new BenchException("Redis at " + address + " refused a command of the tool: " + line);
    }
    if (kind != '$') {
      return line;
    }
    byte[] text = in.readNBytes(Integer.parseInt(line));
    line();
    return new String(text, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private BenchException failed(IOException e) {
    return new BenchException("--redis " + address.getHostString() + ":" + address.getPort() + " does not answer: " + e.getMessage());
  }
}
