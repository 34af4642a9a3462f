package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/** A client of a {@link GalleryWorld}: sends JSON text through the parser, and reads its inbox as JSON. In what it sends single quotes stand for double ones. */
final class GalleryClient {
  final String userId;
  private final GalleryWorld world;
  private final SimConnection socket;
  private final Sender sender;
  private final ArrayDeque<Json> inbox = new ArrayDeque<>();
  private Client client;

  GalleryClient(GalleryWorld world, String userId, String address) {
    this.world = world;
    this.userId = userId;
    socket = new SimConnection(world.loop);
    sender = new Sender(userId, GalleryCodec.literal(userId));
    world.loop.run(() -> client = world.rooms.connect(new Tap(socket, userId, world.log), userId, address));
  }

  // ---- What it does

  GalleryClient send(String json) {
    return sendVerbatim(Json.quoted(json));
  }

  GalleryClient sendVerbatim(String json) {
    world.loop.run(() -> world.rooms.receive(client, GalleryParser.parse(json.getBytes(StandardCharsets.UTF_8), sender)));
    return this;
  }

  /** @param more further properties, such as {@code 'password':'x'} */
  GalleryClient join(String room, String... more) {
    return send("{'action':'join_room','roomId':'" + room + "'" + (more.length == 0 ? "" : "," + String.join(",", more)) + "}");
  }

  GalleryClient create(String room, String config) {
    return send("{'action':'create_room','roomId':'" + room + "','config':" + config + "}");
  }

  GalleryClient leave() {
    return send("{'action':'leave_room'}");
  }

  GalleryClient broadcast(String message) {
    return send("{'action':'broadcast','message':" + message + "}");
  }

  /** A broadcast with the fields that the client of the contract gives it. */
  GalleryClient message(String type, String data) {
    return broadcast("{'type':'" + type + "','senderId':'" + userId + "','timestamp':1,'data':" + data + "}");
  }

  GalleryClient chat(String text) {
    return message("chat_message", "{'text':'" + text + "'}");
  }

  GalleryClient direct(String target, String message) {
    return send("{'action':'send_message','targetUserId':'" + target + "','message':" + message + "}");
  }

  GalleryClient update(long version, String data) {
    return message("state_update", "{'type':'patch','version':" + version + ",'data':" + data + "}");
  }

  /** A state update without a version. */
  GalleryClient update(String data) {
    return message("state_update", "{'type':'patch','data':" + data + "}");
  }

  GalleryClient annotate(String id) {
    return message("annotation_add", "{'id':'" + id + "','userId':'" + userId + "','text':'t'}");
  }

  GalleryClient unannotate(String id) {
    return message("annotation_remove", "'" + id + "'");
  }

  GalleryClient focus(String path) {
    return message("focus_change", "{'userId':'" + userId + "','targetObjectPath':'" + path + "'}");
  }

  /** The connection is lost, or was closed by the client. */
  void drop() {
    world.loop.run(() -> world.rooms.disconnect(client));
    socket.close(CloseReason.LOST);
  }

  // ---- What it got

  /** The oldest message that was not looked at, which must be this event; its data. */
  Json expect(String event) {
    receive();
    assertThat(inbox).as("%s's inbox, at %s", userId, event).isNotEmpty();
    Json message = inbox.poll();
    assertThat(message.at("event").text()).as("%s got %s", userId, message).isEqualTo(event);
    return message.at("data");
  }

  /** The only message that was not looked at, which must be an error; its text. */
  String fault() {
    Json data = expect("error");
    nothing();
    return data.at("message").text();
  }

  /** Nothing came since the last look. */
  GalleryClient nothing() {
    assertThat(take()).as("%s's inbox", userId).isEmpty();
    return this;
  }

  /** All that came since the last look. */
  List<Json> take() {
    receive();
    List<Json> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** The events of all that came since the last look. */
  List<String> events() {
    return take().stream().map(message -> message.at("event").text()).toList();
  }

  GalleryClient forget() {
    take();
    return this;
  }

  /** The text of a chat message that is the oldest message not looked at. */
  String hears() {
    return expect("message").at("message", "data", "text").text();
  }

  boolean isClosed() {
    return socket.closed().isPresent();
  }

  /** The class of the delivery of the newest frame. */
  Delivery.Kind lastDelivery() {
    return socket.deliveries().getLast().kind();
  }

  /** How the server sees it. */
  Client client() {
    return client;
  }

  private void receive() {
    socket.take().forEach(text -> inbox.add(Json.parse(text)));
  }

  /** Writes down what the connection is told, in the order over all clients. */
  private record Tap(SimConnection socket, String name, List<GalleryWorld.Sent> log) implements Connection {
    @Override
    public ConnectionId id() {
      return socket.id();
    }

    @Override
    public Loop loop() {
      return socket.loop();
    }

    @Override
    public void send(Frame frame, Delivery delivery) {
      log.add(new GalleryWorld.Sent(name, frame.payloadText()));
      socket.send(frame, delivery);
    }

    @Override
    public void close(CloseReason reason) {
      socket.close(reason);
    }
  }
}
