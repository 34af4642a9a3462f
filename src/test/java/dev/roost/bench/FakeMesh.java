package dev.roost.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mini server as {@link FakeRelay} is a relay: a message goes to the client that it names, or to all the others, and the server's own lists, heartbeats and
 * answers may come between. It keeps a record of what came.
 */
final class FakeMesh extends FakeRelay {
  private static final Pattern CLIENT = Pattern.compile("[?&]clientId=([^&]+)");
  private static final Pattern PEER_MESSAGE = Pattern.compile("\\{\"type\":\"peer-message\",\"data\":\\{\"targetId\":\"([^\"]+)\",\"message\":(.*)}}");
  private static final int MESSAGES_BETWEEN_NOTICES = 10;

  private final LinkedHashMap<String, Peer> clients = new LinkedHashMap<>();
  private final Map<Peer, String> names = new LinkedHashMap<>();
  private final List<Sent> sent = new ArrayList<>();
  private LongPredicate astray = message -> false;
  private LongPredicate forged = message -> false;
  private LongPredicate refused = message -> false;
  private boolean talks;
  private long heartbeats;
  private long notices;

  /** Who spoke to whom. */
  record Sent(String from, String to) {}

  FakeMesh(LongFunction<Fate> fates) throws IOException {
    super(fates);
  }

  /** Every tenth message makes it say a list, a heartbeat and who is in office. */
  FakeMesh talking() {
    talks = true;
    return this;
  }

  /** These messages, counted from 0, go to another client than the one that they are for. */
  FakeMesh leadingAstray(LongPredicate which) {
    astray = which;
    return this;
  }

  /** These messages name another sender than their own. */
  FakeMesh forging(LongPredicate which) {
    forged = which;
    return this;
  }

  /** These messages are answered with an error. */
  FakeMesh refusing(LongPredicate which) {
    refused = which;
    return this;
  }

  /** All messages in the order in which they came. */
  synchronized List<Sent> sent() {
    return List.copyOf(sent);
  }

  synchronized long heartbeats() {
    return heartbeats;
  }

  /** How often it talked. */
  synchronized long notices() {
    return notices;
  }

  @Override
  void joined(Peer peer, String target, Map<String, String> headers) {
    Matcher matcher = CLIENT.matcher(target);
    if (!target.startsWith("/mesh?organizationId=bench&") || !matcher.find()) {
      throw new IllegalArgumentException("no client of this organisation: " + target);
    }
    clients.put(matcher.group(1), peer);
    names.put(peer, matcher.group(1));
    tell(peer, "{\"type\":\"welcome\",\"data\":{\"serverId\":\"fake\",\"serverName\":\"Fake\",\"organizationId\":\"bench\",\"timestamp\":1}}");
    clients.values().forEach(each -> tell(each, list("client-list-update")));
  }

  @Override
  void left(Peer peer) {
    clients.remove(names.remove(peer));
  }

  @Override
  List<Delivery> deliveries(Peer from, byte[] payload) {
    String text = new String(payload, StandardCharsets.UTF_8);
    if (text.equals("{\"type\":\"heartbeat\"}")) {
      heartbeats++;
      tell(from, "{\"type\":\"heartbeat-ack\",\"timestamp\":1}");
      return List.of();
    }
    Matcher matcher = PEER_MESSAGE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no peer message: " + text);
    }
    return relayed(from, matcher.group(1), matcher.group(2));
  }

  private List<Delivery> relayed(Peer from, String targetId, String message) {
    int number = sent.size();
    sent.add(new Sent(names.get(from), targetId));
    if (refused.test(number)) {
      tell(from, "{\"type\":\"error\",\"data\":{\"code\":\"rate_limited\",\"message\":\"too many\"}}");
      return List.of();
    }
    if (talks && number % MESSAGES_BETWEEN_NOTICES == 0) {
      notices++;
      tell(from, list("client-list-update"));
      tell(from, "{\"type\":\"server-heartbeat\",\"timestamp\":1,\"clientCount\":2}");
      tell(from, "{\"type\":\"admin-heartbeat\",\"data\":{\"deviceId\":\"fake\",\"timestamp\":1,\"term\":1}}");
    }
    String named = forged.test(number) ? other(names.get(from)) : names.get(from);
    byte[] outgoing = ("{\"type\":\"peer-message\",\"data\":{\"fromId\":\"" + named + "\",\"message\":" + message + "}}").getBytes(StandardCharsets.UTF_8);
    if (targetId.equals("broadcast")) {
      return clients.values().stream().filter(to -> to != from).map(to -> new Delivery(to, outgoing)).toList();
    }
    return List.of(new Delivery(clients.get(astray.test(number) ? other(targetId) : targetId), outgoing));
  }

  /** The last to come, so that it is none of those who warm a server up. */
  private String other(String name) {
    return clients.sequencedKeySet().reversed().stream().filter(each -> !each.equals(name)).findFirst().orElseThrow();
  }

  private String list(String type) {
    StringBuilder list = new StringBuilder("{\"type\":\"" + type + "\",\"data\":{\"clients\":[");
    clients.keySet().forEach(name -> list.append("{\"id\":\"").append(name).append("\",\"name\":\"bench\",\"capabilities\":[],\"lastSeen\":1},"));
    list.setLength(list.length() - 1);
    return list.append("],\"adminId\":null}}").toString();
  }

  private static void tell(Peer peer, String text) {
    peer.send(text.getBytes(StandardCharsets.UTF_8));
  }
}
