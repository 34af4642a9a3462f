package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One connection of a user of a {@link PttWorld}: what it sends goes through the server's parser, what it gets is read by another library. */
final class PttUser {
  final String id;
  /** What the server calls the connection. */
  final String token;
  final Introduction introduction;
  private final PttWorld world;
  private final PttReceiver receiver;
  private final SimConnection connection;
  private final ArrayDeque<Packed> inbox = new ArrayDeque<>();
  private boolean isOver;

  PttUser(PttWorld world, Introduction introduction, PttReceiver receiver, String token) {
    this.world = world;
    this.introduction = introduction;
    this.receiver = receiver;
    this.token = token;
    id = introduction.userId();
    connection = new SimConnection(world.loop);
    world.loop.run(() -> receiver.opened(connection));
  }

  // ---- What it does

  /** A message of these elements. */
  PttUser send(Object... elements) {
    return sendBytes(Packed.bytes(elements));
  }

  PttUser sendBytes(byte[] message) {
    world.loop.run(() -> receiver.binary(message));
    return this;
  }

  /** Several in one turn of the loop. */
  PttUser sendAll(List<byte[]> messages) {
    world.loop.run(() -> messages.forEach(receiver::binary));
    return this;
  }

  /** The message is read in the next turn of the loop, which does not come by itself. */
  PttUser sendLater(Object... elements) {
    receiver.binary(Packed.bytes(elements));
    return this;
  }

  /** The connection ends in the next turn of the loop, which does not come by itself. */
  void leaveLater() {
    isOver = true;
    receiver.closed(CloseReason.LOST);
  }

  PttUser sendText(String text) {
    world.loop.run(() -> receiver.text(text.getBytes(StandardCharsets.UTF_8)));
    return this;
  }

  PttUser join(String group) {
    return send(0, 15, id, group);
  }

  PttUser quit(String group) {
    return send(0, 16, id, group);
  }

  PttUser start(String group) {
    return send(0, 1, id, group, 1_700_000_000_000L);
  }

  PttUser audio(String group, int... bytes) {
    return send(0, 3, id, group, data(bytes));
  }

  PttUser stop(String group) {
    return send(0, 2, id, group);
  }

  /** STOP and the time until it is answered. */
  PttUser stopped(String group) {
    stop(group);
    world.pass(PttWorld.STOP_DELAY);
    return this;
  }

  PttUser call(String userId) {
    return send(1, 1, id, userId, 1_700_000_000_000L);
  }

  PttUser say(String userId, int... bytes) {
    return send(1, 3, id, userId, data(bytes));
  }

  PttUser heartbeat() {
    return send(0, 30, id, 0, Map.of("type", "heartbeat"));
  }

  PttUser subscribe(Object... subscription) {
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("type", "presence_subscribe");
    for (int i = 0; i < subscription.length; i += 2) {
      payload.put((String) subscription[i], subscription[i + 1]);
    }
    return send(0, 32, id, 0, payload);
  }

  PttUser pong() {
    world.loop.run(receiver::pong);
    return this;
  }

  String pingPayload() {
    return new String(receiver.pingPayload(), StandardCharsets.UTF_8);
  }

  /** The connection ends, from whatever side. */
  void leave() {
    if (!isOver) {
      isOver = true;
      world.loop.run(() -> receiver.closed(connection.closed().orElse(CloseReason.LOST)));
    }
  }

  private static byte[] data(int... bytes) {
    byte[] data = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      data[i] = (byte) bytes[i];
    }
    return data;
  }

  // ---- What it got

  /** The oldest message that was not looked at, which must be of this type. */
  Packed expect(int type) {
    receive();
    assertThat(inbox).as("inbox of %s", id).isNotEmpty();
    Packed message = inbox.poll();
    assertThat(message.type()).as("%s got %s", id, message).isEqualTo(type);
    return message;
  }

  /** The oldest message that was not looked at, which must consist of these elements. */
  PttUser expect(Object... elements) {
    receive();
    assertThat(inbox).as("inbox of %s", id).isNotEmpty();
    assertThat(inbox.poll()).as("what %s got", id).isEqualTo(Packed.of(elements));
    return this;
  }

  PttUser nothing() {
    assertThat(take()).as("inbox of %s", id).isEmpty();
    return this;
  }

  List<Packed> take() {
    receive();
    List<Packed> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** The types of all that came since the last look. */
  List<Integer> types() {
    return take().stream().map(Packed::type).toList();
  }

  PttUser forget() {
    take();
    return this;
  }

  /** The changes of presence that came since the last look, and nothing else may have come: {@code "ann online"}. */
  List<String> news() {
    List<String> news = new ArrayList<>();
    for (Packed message : take()) {
      assertThat(message.type()).as("what %s got: %s", id, message).isEqualTo(31);
      assertThat(message.size()).isEqualTo(6);
      news.add(message.map().get("userId") + " " + message.map().get("status"));
    }
    return news;
  }

  /** The only message that came since the last look, a snapshot: the users in it. */
  List<String> snapshot() {
    Packed message = expect(32);
    nothing();
    return online(message);
  }

  static List<String> online(Packed snapshot) {
    List<String> users = ((List<?>) snapshot.map().get("users")).stream().map(user -> (String) ((Map<?, ?>) user).get("userId")).toList();
    assertThat(snapshot.map().get("totalOnline")).isEqualTo((long) users.size());
    return users;
  }

  /** The JSON text that is the payload of the oldest message that was not looked at, which must be of this type. */
  Json expectJson(int type) {
    return Json.parse((String) expect(type).payload());
  }

  Optional<CloseReason> closed() {
    return connection.closed();
  }

  List<Delivery> deliveries() {
    return connection.deliveries();
  }

  private void receive() {
    assertThat(closed().filter(reason -> reason.code() == 1011)).as("a fault of the server, see the log").isEmpty();
    connection.takeFrames().forEach(frame -> inbox.add(Packed.read(frame)));
  }
}
