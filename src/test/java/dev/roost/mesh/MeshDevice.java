package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.Outbox;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One connection of a device of a {@link MeshWorld}: sends JSON text through the parser, and reads its inbox as JSON. In what it sends single quotes stand for double ones. */
final class MeshDevice {
  final String id;
  private final MeshWorld world;
  private final SimConnection socket;
  private final Tap connection;
  private final ArrayDeque<Json> inbox = new ArrayDeque<>();
  private String newestList = "";

  /** @param more further parameters, name and value, one after the other */
  MeshDevice(MeshWorld world, String id, String capabilities, String... more) {
    this.world = world;
    this.id = id;
    socket = new SimConnection(world.loop);
    connection = new Tap(socket, id, world);
    List<String> query = new ArrayList<>(List.of("clientId", id, "capabilities", capabilities));
    query.addAll(List.of(more));
    Introduction introduction = MeshParser.introduction(MeshEdge.request("GET", "/", query.toArray(String[]::new)));
    world.loop.run(() -> world.organization.connect(connection, introduction));
  }

  // ---- What it does

  MeshDevice send(String json) {
    return sendVerbatim(Json.quoted(json));
  }

  MeshDevice sendVerbatim(String json) {
    world.loop.run(() -> world.organization.receive(id, connection, MeshParser.parse(json.getBytes(StandardCharsets.UTF_8), id, world.loop.now())));
    return this;
  }

  MeshDevice heartbeat() {
    return send("{'type':'heartbeat'}");
  }

  MeshDevice tell(String targetId, String message) {
    return send("{'type':'peer-message','data':{'targetId':'" + targetId + "','message':" + message + "}}");
  }

  /** @param location the object, with its braces */
  MeshDevice locate(String location) {
    return send("{'type':'location-update','data':" + location + "}");
  }

  MeshDevice requestList() {
    return send("{'type':'request-client-list'}");
  }

  MeshDevice pong() {
    world.loop.run(() -> world.organization.pong(id, connection));
    return this;
  }

  /** From now on what it is sent waits, and newer things may take the place of older ones. */
  MeshDevice slowDown() {
    connection.isSlow = true;
    connection.wasSlow = true;
    return this;
  }

  /** What has waited comes. */
  MeshDevice speedUp() {
    connection.isSlow = false;
    connection.flush();
    return this;
  }

  boolean isSlow() {
    return connection.isSlow;
  }

  /** The connection is lost, or was closed by the device. */
  void drop() {
    world.loop.run(() -> world.organization.disconnect(id, connection));
    socket.close(CloseReason.LOST);
  }

  // ---- What it got

  /** The oldest message that was not looked at, which must be of this type. */
  Json expect(String type) {
    receive();
    assertThat(inbox).as("%s's inbox, at %s", id, type).isNotEmpty();
    Json message = inbox.poll();
    assertThat(message.type()).as("%s got %s", id, message).isEqualTo(type);
    return message;
  }

  /** The oldest message that was not looked at, which must be a list update of these devices and this admin. */
  MeshDevice expectList(List<String> ids, String adminId) {
    Json list = expect("client-list-update");
    assertThat(ids(list)).as("%s's list", id).isEqualTo(ids);
    assertThat(list.at("data", "adminId").value()).as("%s's admin", id).isEqualTo(adminId);
    return this;
  }

  MeshDevice expectAnnounce(String deviceId) {
    assertThat(expect("admin-heartbeat").at("data", "deviceId").text()).as("whom %s heard of", id).isEqualTo(deviceId);
    return this;
  }

  /** Everything that was not looked at, which must be a change of office and nothing else: an announcement, and lists that agree with it, one of them behind it. */
  MeshDevice expectOffice(List<String> ids, String adminId) {
    List<Json> all = take();
    for (Json message : all) {
      if (message.type().equals("client-list-update")) {
        assertThat(ids(message)).as("%s's list", id).isEqualTo(ids);
        assertThat(message.at("data", "adminId").text()).as("%s's admin", id).isEqualTo(adminId);
      } else {
        assertThat(message.at("data", "deviceId").text()).as("whom %s heard of", id).isEqualTo(adminId);
      }
    }
    assertThat(all).extracting(Json::type).as("what %s heard of an office", id).containsSubsequence("admin-heartbeat", "client-list-update").containsOnlyOnce("admin-heartbeat")
        .containsOnly("client-list-update", "admin-heartbeat");
    return this;
  }

  /** The only message that was not looked at, which must be an error; its code. */
  String fault() {
    Json error = expect("error");
    nothing();
    assertThat(error.at("data").keys()).containsExactlyInAnyOrder("code", "message");
    assertThat(error.at("data", "message").text()).isNotEmpty();
    return error.at("data", "code").text();
  }

  /** Nothing came since the last look. */
  MeshDevice nothing() {
    assertThat(take()).as("%s's inbox", id).isEmpty();
    return this;
  }

  /** All that came since the last look. */
  List<Json> take() {
    receive();
    List<Json> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** What came of one type since the last look; the rest is forgotten. */
  List<Json> take(String type) {
    return take().stream().filter(message -> message.type().equals(type)).toList();
  }

  /** Whom the announcements since the last look name. */
  List<String> announced() {
    return take("admin-heartbeat").stream().map(message -> message.at("data", "deviceId").text()).toList();
  }

  /** The types of all that came since the last look. */
  List<String> types() {
    return take().stream().map(Json::type).toList();
  }

  MeshDevice forget() {
    inbox.clear();
    socket.take().forEach(this::follow);
    return this;
  }

  Optional<CloseReason> closed() {
    return socket.closed();
  }

  /** Frames that the server sent after the connection was closed: it forgets connections that are over. */
  int sentInVain() {
    return connection.sentInVain;
  }

  /** The class of the delivery of each frame that ever came. */
  List<Delivery> deliveries() {
    return socket.deliveries();
  }

  /** The ids of a list. */
  static List<String> ids(Json list) {
    return list.at("data", "clients").items().stream().map(client -> client.at("id").text()).toList();
  }

  private void receive() {
    socket.take().forEach(text -> {
      follow(text);
      inbox.add(Json.parse(text));
    });
  }

  /** What holds in every test: nobody is announced who is on no list that came before, except the server's own device; for a device that was slow, newer lists may have replaced that one. */
  private void follow(String text) {
    if (text.startsWith("{\"type\":\"client-list-update\"")) {
      newestList = text;
    } else if (text.startsWith("{\"type\":\"admin-heartbeat\"") && !connection.wasSlow) {
      String announced = Json.parse(text).at("data", "deviceId").text();
      assertThat(ids(Json.parse(newestList))).as("the list of %s, which hears of %s", id, announced).containsAnyOf(announced, MeshWorld.SERVER.equals(announced) ? id : announced);
    }
  }

  /** Writes down what the connection is told, in the order over all devices; and a slow device's frames wait as they do at a socket. */
  private static final class Tap implements Connection {
    private final SimConnection socket;
    private final String name;
    private final MeshWorld world;
    private final Outbox outbox = new Outbox(4 << 20, (kind, bytes) -> { });
    private boolean isSlow;
    private boolean wasSlow;
    private int sentInVain;

    Tap(SimConnection socket, String name, MeshWorld world) {
      this.socket = socket;
      this.name = name;
      this.world = world;
    }

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
      if (socket.closed().isPresent()) {
        sentInVain++;
      } else if (!frame.isControl()) {
        world.note(name, frame);
        if (isSlow) {
          outbox.offer(frame, delivery);
        } else {
          socket.send(frame, delivery);
        }
      }
    }

    @Override
    public void close(CloseReason reason) {
      flush();
      socket.close(reason);
    }

    void flush() {
      for (Frame frame = outbox.poll(); frame != null; frame = outbox.poll()) {
        socket.send(frame);
      }
    }
  }
}
