package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Frame;
import dev.roost.ptt.PttMessages.Channel;
import dev.roost.ptt.PttMessages.ConnectionAck;
import dev.roost.ptt.PttMessages.Fault;
import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.LoginDuplicated;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceBatch;
import dev.roost.ptt.PttMessages.PresenceSnapshot;
import dev.roost.ptt.PttMessages.PresenceUpdate;
import dev.roost.ptt.PttMessages.Raw;
import dev.roost.ptt.PttMessages.Refused;
import dev.roost.ptt.PttMessages.StartAck;
import dev.roost.ptt.PttMessages.StartFailed;
import dev.roost.ptt.PttMessages.StopAck;
import dev.roost.ptt.PttMessages.Stopped;
import dev.roost.ptt.PttMessages.TextAck;
import dev.roost.ptt.PttMessages.TextRelay;
import dev.roost.ptt.PttMessages.UnauthorizedGroup;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the server says itself, byte by byte as another library writes it: sections 1.3 and 3. */
class PttCodecTest {
  private static final long NOW = 1_700_000_000_000L;
  private final Head group = new Head(Channel.GROUP, raw("ann"), "18", raw(18), Raw.ABSENT);
  private final Head groupWithId = new Head(Channel.GROUP, raw("ann"), "18", raw(18), raw("m1"));
  private final Head user = new Head(Channel.PRIVATE, raw(7), "bob", raw("bob"), Raw.ABSENT);
  private final Head userWithId = new Head(Channel.PRIVATE, raw(7), "bob", raw("bob"), raw("m1"));

  @Test
  @DisplayName("3.1 STOP: five elements, or six with the client's id; 0 and null without a transmission")
  void stop() {
    check(new Stopped(group, Optional.of("id"), Duration.ofMillis(170)), 0, 2, "ann", 18, "{\"duration\":170,\"message_id\":\"id\"}");
    check(new Stopped(userWithId, Optional.empty(), Duration.ZERO), 1, 2, 7, "bob", "m1", "{\"duration\":0,\"message_id\":null}");
  }

  @Test
  @DisplayName("3.1 START_ACK: in a group five elements, to a user the client's id, too")
  void startAck() {
    check(new StartAck(group, raw("5")), 0, 6, "ann", 18, "5");
    check(new StartAck(groupWithId, raw("5")), 0, 6, "ann", 18, "5");
    check(new StartAck(user, raw(NOW)), 1, 6, 7, "bob", NOW);
    check(new StartAck(userWithId, raw(NOW)), 1, 6, 7, "bob", "m1", NOW);
  }

  @Test
  @DisplayName("3.1 The other acknowledgements: six elements with the server's id, five without; never the client's")
  void acknowledgements() {
    check(new StopAck(groupWithId, Optional.of("0_3_x")), 0, 7, "ann", 18, "0_3_x", "Acknowledged");
    check(new StopAck(userWithId, Optional.empty()), 1, 7, 7, "bob", "Acknowledged");
    check(new StartFailed(groupWithId, "Busy"), 0, 8, "ann", 18, "Busy");
    check(new TextAck(userWithId, false, "1_17_x"), 1, 22, 7, "bob", "1_17_x", "Acknowledged");
    check(new TextAck(group, true, "0_23_x"), 0, 24, "ann", 18, "0_23_x", "Acknowledged");
    check(new UnauthorizedGroup(groupWithId), 0, 27, "ann", 18, "Unauthorized Group");
    check(new ConnectionAck("ann", raw(Map.of("t", 5))), 1, 26, 0, "ann", Map.of("t", 5));
  }

  @Test
  @DisplayName("3.1 TEXT and INTERACTIVE: the client's id beside the JSON with the server's")
  void texts() {
    check(new TextRelay(user, false, "id", "a\"b\n"), 1, 17, 7, "bob", "{\"message_id\":\"id\",\"text\":\"a\\\"b\\n\"}");
    check(new TextRelay(groupWithId, true, "id", "{}"), 0, 23, "ann", 18, "m1", "{\"message_id\":\"id\",\"text\":\"{}\"}");
  }

  @Test
  @DisplayName("3.1, 3.3 LOGIN_DUPLICATED and STATUS come from 0, on channel 1")
  void fromTheServer() {
    Packed login = Packed.read(PttCodec.encode(new LoginDuplicated("ann", "d2")));
    assertThat(login.values()).hasSize(5).startsWith(1L, 9L, 0L, "ann");
    assertThat(login.text(4)).contains("ann", "d2");
    for (Fault fault : Fault.values()) {
      Map<String, Object> payload = new LinkedHashMap<>();
      payload.put("type", "error");
      payload.put("code", fault.name());
      payload.put("message", fault.message);
      check(new Refused("ann", fault), 1, 5, 0, "ann", payload);
    }
  }

  @Test
  @DisplayName("3.2 Presence has six elements with an id of its own; what is not known is left out")
  void presence() {
    Update full = new Update("ann", true, NOW, NOW - 1, Optional.of("d1"), Optional.of("mobile"), 0);
    Update bare = new Update("bob", false, NOW, 0, Optional.empty(), Optional.empty(), 0);
    Map<String, Object> ann = map("type", "presence_update", "userId", "ann", "status", "online", "timestamp", NOW, "lastSeen", NOW - 1, "deviceId", "d1", "role", "mobile");
    Map<String, Object> bob = map("type", "presence_update", "userId", "bob", "status", "offline", "timestamp", NOW, "lastSeen", 0);
    checkPresence(new PresenceUpdate(full), 31, "broadcast", ann);
    checkPresence(new PresenceUpdate(bare), 31, "broadcast", bob);
    checkPresence(new PresenceBatch(List.of(full, bare), NOW), 31, "broadcast", map("type", "presence_batch", "updates", List.of(ann, bob), "timestamp", NOW));
    checkPresence(new PresenceSnapshot("w", new Snapshot(List.of(full.status(), new Status("x", true, 5, Optional.empty())), NOW)), 32, "w",
        map("users", List.of(map("userId", "ann", "status", "online", "lastSeen", NOW - 1, "deviceId", "d1"), map("userId", "x", "status", "online", "lastSeen", 5)), "timestamp", NOW, "totalOnline", 2));
    checkPresence(new PresenceSnapshot("w", new Snapshot(List.of(), NOW)), 32, "w", map("users", List.of(), "timestamp", NOW, "totalOnline", 0));
  }

  @Test
  @DisplayName("3.2 A snapshot of many users is as right as one of few")
  void manyUsers() {
    List<Status> users = IntStream.range(0, 70_000).mapToObj(i -> new Status("user " + i, true, NOW, Optional.of("d"))).toList();
    Packed snapshot = Packed.read(PttCodec.encode(new PresenceSnapshot("w", new Snapshot(users, NOW))));
    assertThat(PttUser.online(snapshot)).hasSize(70_000).startsWith("user 0").endsWith("user 69999");
  }

  private static void check(Outbound message, Object... elements) {
    assertThat(bytes(PttCodec.encode(message))).isEqualTo(Packed.bytes(elements));
  }

  private static void checkPresence(Outbound message, int type, String to, Map<String, Object> payload) {
    Frame frame = PttCodec.encode(message);
    String id = Packed.read(frame).text(4);
    assertThat(id).isNotEmpty().isNotEqualTo(Packed.read(PttCodec.encode(message)).text(4));
    assertThat(bytes(frame)).isEqualTo(Packed.bytes(0, type, 0, to, id, payload));
  }

  private static byte[] bytes(Frame frame) {
    return Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length());
  }

  private static Map<String, Object> map(Object... entries) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      map.put((String) entries[i], entries[i + 1]);
    }
    return map;
  }

  private static Raw raw(Object value) {
    byte[] bytes = Packed.pack(value);
    return new Raw(bytes, 0, bytes.length);
  }
}
