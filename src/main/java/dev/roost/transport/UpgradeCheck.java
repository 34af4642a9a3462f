package dev.roost.transport;

import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The opening handshake of RFC 6455, section 4.2: what a request must have, and the proof that it was understood. */
final class UpgradeCheck {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String VERSION = "13";

  private UpgradeCheck() {}

  /** Whether the client asks for WebSocket, be it rightly or not. */
  static boolean isUpgrade(HttpRequest request) {
    return tokens(request, "upgrade").contains("websocket");
  }

  /** What is wrong with an upgrade request, if anything. */
  static Optional<Handshake.Refuse> fault(HttpVersion version, HttpRequest request) {
    if (!request.method().equals("GET") || version.compareTo(HttpVersion.HTTP_1_1) < 0) {
      return Optional.of(bad("An upgrade is a GET of HTTP/1.1"));
    }
    if (!tokens(request, "connection").contains("upgrade")) {
      return Optional.of(bad("The header Connection must contain Upgrade"));
    }
    if (!request.header("sec-websocket-version").equals(Optional.of(VERSION))) {
      return Optional.of(new Handshake.Refuse(Refusal.VERSION,
          HttpResponse.text(426, "Sec-WebSocket-Version must be " + VERSION).with("Sec-WebSocket-Version", VERSION).with("Upgrade", "websocket")));
    }
    List<String> keys = request.headers().getOrDefault("sec-websocket-key", List.of());
    if (keys.size() != 1 || !isKey(keys.getFirst())) {
      return Optional.of(bad("There must be one Sec-WebSocket-Key of 16 bytes in base64"));
    }
    return Optional.empty();
  }

  static Handshake.Refuse bad(String why) {
    return new Handshake.Refuse(Refusal.BAD_REQUEST, HttpResponse.text(400, "Bad Request: " + why));
  }

  /** The subprotocols on offer, in order. */
  static List<String> subprotocols(HttpRequest request) {
    return values(request, "sec-websocket-protocol").filter(value -> !value.isEmpty()).toList();
  }

  /** Section 4.2.2, step 5.4. */
  static String acceptKey(HttpRequest request) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest((request.header("sec-websocket-key").orElseThrow() + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-1", e);
    }
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static List<String> tokens(HttpRequest request, String header) {
    return values(request, header).map(value -> value.toLowerCase(Locale.ROOT)).toList();
  }

  private static Stream<String> values(HttpRequest request, String header) {
    return request.headers().getOrDefault(header, List.of()).stream().flatMap(line -> Arrays.stream(line.split(","))).map(String::strip);
  }
}
