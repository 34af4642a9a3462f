package dev.roost.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.Value;

/** A router of PTT as {@link FakeRelay} is a relay, with watchers who hear of mobiles. It reads and writes MessagePack by a library, so it shares no code with the tool, and keeps a record of what came. */
final class FakePtt extends FakeRelay {
  static final String SECRET = "a key for tests only";
  private static final Pattern UID = Pattern.compile("\"uid\":\"([^\"]+)\"");
  private static final Pattern ROLE = Pattern.compile("\"role\":\"([^\"]+)\"");
  private static final Pattern CHANNEL = Pattern.compile("\"channelIds\":\\[\"([^\"]+)\"]");
  private static final int WARM_UP_USERS = 900_000;

  private final Map<Peer, User> users = new LinkedHashMap<>();
  private final List<String> devices = new ArrayList<>();
  private LongPredicate astray = message -> false;
  private LongPredicate forged = message -> false;
  private Predicate<String> hidden = userId -> false;
  private Predicate<String> untold = change -> false;
  private Predicate<String> twice = change -> false;
  private boolean isBusy;
  private boolean isEager;
  private long audio;
  private long heartbeats;
  private long accepted;
  private long ignoreEach = Long.MAX_VALUE;

  /** Who is connected. */
  record User(String id, String role, Optional<String> group) {
    boolean isWatcher() {
      return role.equals("dashboard");
    }
  }

  FakePtt(LongFunction<Fate> fates) throws IOException {
    super(fates);
  }

  /** These frames of audio, counted from 0, go to those who are not in the group instead. */
  FakePtt leadingAstray(LongPredicate which) {
    astray = which;
    return this;
  }

  /** These frames of audio name another sender than their own. */
  FakePtt forging(LongPredicate which) {
    forged = which;
    return this;
  }

  /** Somebody else has the floor, for ever. */
  FakePtt busy() {
    isBusy = true;
    return this;
  }

  /** These users are in no snapshot. */
  FakePtt hiding(Predicate<String> which) {
    hidden = which;
    return this;
  }

  /** These changes, like {@code "<user> offline"}, are told to nobody. */
  FakePtt keepingQuietAbout(Predicate<String> which) {
    untold = which;
    return this;
  }

  /** These changes are told twice. */
  FakePtt repeating(Predicate<String> which) {
    twice = which;
    return this;
  }

  /** Tells watchers of a change before they have a snapshot. */
  FakePtt eager() {
    isEager = true;
    return this;
  }

  /** Each so many'th heartbeat counts for nothing. */
  FakePtt ignoringEach(long number) {
    ignoreEach = number;
    return this;
  }

  /** Tells everybody who watches that a user is offline who is not. */
  synchronized void slander() {
    User victim = users.values().stream().filter(user -> !user.isWatcher()).findFirst().orElseThrow();
    tellWatchers(update(victim.id(), "offline"));
  }

  synchronized long heartbeats() {
    return heartbeats;
  }

  /** The device ids of all who came. */
  synchronized List<String> devices() {
    return List.copyOf(devices);
  }

  /** Who is connected and does not just warm the server up. */
  synchronized List<User> users() {
    return List.copyOf(users.values());
  }

  @Override
  Optional<String> page(String target, Map<String, String> headers) {
    if (target.equals("/metrics")) {
      String text = "# TYPE presence_heartbeat_received_total counter\npresence_heartbeat_received_total " + accepted() + ".0\n";
      return Optional.of("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\nConnection: close\r\n\r\n" + text);
    }
    return isSigned(headers.getOrDefault("token", "")) ? Optional.empty() : Optional.of("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  }

  private synchronized long accepted() {
    return accepted;
  }

  private static boolean isSigned(String token) {
    try {
      int dot = token.lastIndexOf('.');
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      String expected = Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(token.substring(0, Math.max(0, dot)).getBytes(StandardCharsets.US_ASCII)));
      return token.substring(dot + 1).equals(expected) && decoded(token, 0).equals("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String decoded(String token, int part) {
    return new String(Base64.getUrlDecoder().decode(token.split("\\.")[part]), StandardCharsets.UTF_8);
  }

  @Override
  void joined(Peer peer, String target, Map<String, String> headers) {
    String claims = decoded(headers.get("token"), 1);
    User user = new User(group(UID, claims).orElseThrow(), group(ROLE, claims).orElseThrow(), group(CHANNEL, claims));
    devices.add(headers.get("device_id"));
    users.put(peer, user);
    if (user.isWatcher()) {
      if (isEager) {
        peer.send(update("somebody", "online"));
      }
      peer.send(snapshot(user.id()));
    } else {
      change(user.id(), "online");
    }
  }

  @Override
  void left(Peer peer) {
    User user = users.remove(peer);
    if (user != null && !user.isWatcher()) {
      change(user.id(), "offline");
    }
  }

  private void change(String userId, String status) {
    String name = userId + " " + status;
    if (!untold.test(name)) {
      tellWatchers(update(userId, status));
    }
    if (twice.test(name)) {
      tellWatchers(update(userId, status));
    }
  }

  private void tellWatchers(byte[] update) {
    users.forEach((peer, user) -> {
      if (user.isWatcher()) {
        peer.send(update);
      }
    });
  }

  @Override
  List<Delivery> deliveries(Peer from, byte[] payload) {
    List<Value> message = unpacked(payload);
    User user = users.get(from);
    switch (message.get(1).asIntegerValue().toInt()) {
      case 1 -> {
        from.send(frame(0, isBusy ? 8 : 6, user.id(), isBusy ? "Busy" : message.get(4).toString()));
        return List.of();
      }
      case 3 -> {
        return audio(user, message, payload);
      }
      case 25 -> {
        from.send(packed(packer -> {
          packer.packArrayHeader(5).packInt(1).packInt(26).packInt(0).packString(user.id()).packValue(message.get(4));
        }));
        return List.of();
      }
      case 30 -> {
        heartbeats++;
        accepted += heartbeats % ignoreEach == 0 ? 0 : 1;
        return List.of();
      }
      default -> throw new IllegalArgumentException("nothing that the tool should say: " + message);
    }
  }

  private List<Delivery> audio(User sender, List<Value> message, byte[] payload) {
    long number = audio++;
    String groupId = message.get(3).asStringValue().asString();
    boolean isAstray = astray.test(number);
    byte[] outgoing = forged.test(number) ? packed(packer -> {
      packer.packArrayHeader(5).packInt(0).packInt(3).packString(sender.id().substring(0, sender.id().length() - 6) + "123456").packString(groupId).packValue(message.get(4));
    }) : payload;
    return users.entrySet().stream().filter(entry -> !entry.getValue().equals(sender) && entry.getValue().group().equals(Optional.of(groupId)) != isAstray)
        .map(entry -> new Delivery(entry.getKey(), outgoing)).toList();
  }

  private byte[] snapshot(String watcherId) {
    List<String> online = users.values().stream().filter(user -> !user.isWatcher() && !hidden.test(user.id())).map(User::id).toList();
    return packed(packer -> {
      packer.packArrayHeader(6).packInt(0).packInt(32).packInt(0).packString(watcherId).packString("mid").packMapHeader(3).packString("users").packArrayHeader(online.size());
      for (String id : online) {
        packer.packMapHeader(4).packString("userId").packString(id).packString("status").packString("online").packString("lastSeen").packLong(1_700_000_000_000L)
            .packString("deviceId").packString("d");
      }
      packer.packString("timestamp").packLong(1_700_000_000_000L).packString("totalOnline").packInt(online.size());
    });
  }

  private static byte[] update(String userId, String status) {
    return packed(packer -> packer.packArrayHeader(6).packInt(0).packInt(31).packInt(0).packString("broadcast").packString("mid").packMapHeader(3)
        .packString("timestamp").packLong(1_700_000_000_000L).packString("userId").packString(userId).packString("status").packString(status));
  }

  private static byte[] frame(int channel, int type, String to, String payload) {
    return packed(packer -> packer.packArrayHeader(5).packInt(channel).packInt(type).packInt(0).packString(to).packString(payload));
  }

  /** Whether a user is none of those that only warm a server up. */
  static boolean isMeasured(String userId) {
    return Integer.parseInt(userId.substring(userId.length() - 6)) < WARM_UP_USERS;
  }

  private static Optional<String> group(Pattern pattern, String claims) {
    Matcher matcher = pattern.matcher(claims);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static List<Value> unpacked(byte[] payload) {
    try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(payload)) {
      List<Value> message = unpacker.unpackValue().asArrayValue().list();
      if (unpacker.hasNext()) {
        throw new IllegalArgumentException("bytes behind the value");
      }
      return message;
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private interface Packing {
    void pack(MessageBufferPacker packer) throws IOException;
  }

  private static byte[] packed(Packing packing) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packing.pack(packer);
      return packer.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
