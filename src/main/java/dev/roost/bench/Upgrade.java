package dev.roost.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** The opening handshake of RFC 6455, section 4.1. One for each connection, dropped once it is done. */
final class Upgrade {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_ANSWER = 16_384;
  private static final int END_OF_HEAD = 0x0D0A0D0A;

  private final String key;
  private final ByteArrayOutputStream answer = new ByteArrayOutputStream(256);
  private int lastFour;

  Upgrade() {
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    key = Base64.getEncoder().encodeToString(random);
  }

  byte[] request(Target target, String path, List<String> headers) {
    StringBuilder request = new StringBuilder(256)
        .append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(target.host()).append(':').append(target.port())
        .append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(key).append("\r\n");
    headers.forEach(line -> request.append(line).append("\r\n"));
    return request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Takes bytes of the answer.
   *
   * @return where the first frame begins, or -1 while the answer is not whole
   */
  int read(ByteBuffer bytes, int from, int to) {
    for (int at = from; at < to && answer.size() < MAX_ANSWER; at++) {
      byte next = bytes.get(at);
      answer.write(next);
      lastFour = lastFour << 8 | next & 0xFF;
      if (lastFour == END_OF_HEAD) {
        return at + 1;
      }
    }
    return -1;
  }

  /** Why the whole answer is not a consent; empty if it is one. */
  Optional<String> refusal() {
    List<String> lines = answer.toString(StandardCharsets.ISO_8859_1).lines().toList();
    String status = lines.getFirst();
    if (!status.startsWith("HTTP/1.1 101")) {
      return Optional.of("the server refused the upgrade: " + status);
    }
    String prefix = "sec-websocket-accept:";
    boolean accepted = lines.stream().filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .anyMatch(line -> line.substring(prefix.length()).strip().equals(accept()));
    return accepted ? Optional.empty() : Optional.of("the server's Sec-WebSocket-Accept is not the answer to the key");
  }

  /** Whether more came than any answer to an upgrade has. */
  boolean isTooLong() {
    return answer.size() >= MAX_ANSWER;
  }

  private String accept() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
