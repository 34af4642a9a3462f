package dev.roost.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of public rooms over Socket.IO as {@link FakeRelay} is a relay: what one toggles is told to all who joined. It asks all whether they are there with each tenth event. */
final class FakeSocketIo extends FakeRelay {
  private static final String ROOM = "9a7b0c1d-0000-4000-8000-000000000001";
  private static final String GUEST = "5e1f0c1d-0000-4000-8000-000000000002";
  private static final String NAMESPACE = "/public-room/" + ROOM + ",";
  private static final Pattern TOGGLE = Pattern.compile("42" + NAMESPACE + "\\[\"toggle-(audio|video)\",\\{\"userId\":\"" + GUEST + "\",\"enabled\":(true|false) ?}]");
  private static final int EVENTS_BETWEEN_PINGS = 10;

  private final Set<Peer> joined = new LinkedHashSet<>();
  private final List<String> toggles = new ArrayList<>();
  private boolean refuses;
  private int connected;
  private int pings;
  private int pongs;

  FakeSocketIo(LongFunction<Fate> fates) throws IOException {
    super(fates);
  }

  /** Whoever wants to join gets an error. */
  FakeSocketIo refusing() {
    refuses = true;
    return this;
  }

  /** What came, in its order: {@code audio true}. */
  synchronized List<String> toggles() {
    return List.copyOf(toggles);
  }

  synchronized int pings() {
    return pings;
  }

  synchronized int pongs() {
    return pongs;
  }

  /** How many have connected to the namespace so far. */
  synchronized int connected() {
    return connected;
  }

  @Override
  Optional<String> page(String target, Map<String, String> headers) {
    return switch (target) {
      case "/api/public/rooms" -> Optional.of(json("{\"success\":true,\"data\":{\"rooms\":[{\"id\":\"" + ROOM + "\",\"name\":\"Study Room 1\"}]}}"));
      case "/api/public/users" -> Optional.of(json("{\"success\":true,\"data\":{\"userId\":\"" + GUEST + "\",\"displayName\":\"bench\"}}"));
      default -> Optional.empty();
    };
  }

  private static String json(String text) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + text.length() + "\r\nConnection: close\r\n\r\n" + text;
  }

  @Override
  void joined(Peer peer, String target, Map<String, String> headers) {
    if (!target.equals("/socket.io/?EIO=4&transport=websocket")) {
      throw new IllegalArgumentException("no WebSocket of Engine.IO: " + target);
    }
    tell(peer, "0{\"sid\":\"s\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":60000,\"maxPayload\":1000000}");
  }

  @Override
  void left(Peer peer) {
    joined.remove(peer);
  }

  @Override
  List<Delivery> deliveries(Peer from, byte[] payload) {
    String text = new String(payload, StandardCharsets.UTF_8);
    if (text.equals("3")) {
      pongs++;
    } else if (text.equals("40" + NAMESPACE)) {
      connected++;
      tell(from, "40" + NAMESPACE + "{\"sid\":\"t\"}");
    } else if (text.equals("42" + NAMESPACE + "[\"join-room\",{\"userId\":\"" + GUEST + "\"}]")) {
      join(from);
    } else {
      return toggled(from, text);
    }
    return List.of();
  }

  private void join(Peer from) {
    if (refuses) {
      tell(from, "42" + NAMESPACE + "[\"error\",{\"code\":\"JOIN_ERROR\",\"message\":\"full\"}]");
      return;
    }
    joined.add(from);
    tell(from, "42" + NAMESPACE + "[\"chat-history\",{\"messages\":[]}]");
    tell(from, "42" + NAMESPACE + "[\"user-joined\",{\"userId\":\"" + GUEST + "\",\"userName\":\"bench\",\"joinedAt\":\"2026-01-01T00:00:00.000Z\",\"currentOccupancy\":1}]");
  }

  private List<Delivery> toggled(Peer from, String text) {
    Matcher matcher = TOGGLE.matcher(text);
    if (!matcher.matches() || !joined.contains(from)) {
      throw new IllegalArgumentException("no event of one who joined: " + text);
    }
    if (toggles.size() % EVENTS_BETWEEN_PINGS == 0) {
      pings += joined.size();
      joined.forEach(peer -> tell(peer, "2"));
    }
    toggles.add(matcher.group(1) + " " + matcher.group(2));
    byte[] event = ("42" + NAMESPACE + "[\"participant-" + matcher.group(1) + "-toggle\",{\"userId\":\"" + GUEST + "\",\"enabled\":" + matcher.group(2) + "}]").getBytes(StandardCharsets.UTF_8);
    return joined.stream().map(to -> new Delivery(to, event)).toList();
  }

  private static void tell(Peer peer, String text) {
    peer.send(text.getBytes(StandardCharsets.UTF_8));
  }
}
