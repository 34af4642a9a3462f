package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A client of a {@link ParrotWorld}: reads its inbox as JSON. By itself it is a listener; users and dashboards can do more. */
class ParrotClient {
  final String name;
  final ParrotWorld world;
  final Connection connection;
  private final SimConnection socket;
  private final ArrayDeque<Json> inbox = new ArrayDeque<>();
  private final List<Json> everything = new ArrayList<>();

  ParrotClient(ParrotWorld world, String name) {
    this.world = world;
    this.name = name;
    socket = new SimConnection(world.loop);
    connection = new Tap(socket, name, world.log);
  }

  /** The oldest message that was not looked at, which must be of this type. */
  Json expect(String type) {
    receive();
    assertThat(inbox).as("%s's inbox, at %s", name, type).isNotEmpty();
    Json message = inbox.poll();
    assertThat(message.type()).as("%s got %s", name, message).isEqualTo(type);
    return message;
  }

  /** Nothing came since the last look. */
  void nothing() {
    assertThat(take()).as("%s's inbox", name).isEmpty();
  }

  /** All that came since the last look. */
  List<Json> take() {
    receive();
    List<Json> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** Those of one type; looks at all. */
  List<Json> take(String type) {
    return take().stream().filter(message -> message.type().equals(type)).toList();
  }

  /** The types of all that came since the last look. */
  List<String> types() {
    return take().stream().map(Json::type).toList();
  }

  /** The same without stats, which come with almost everything. */
  List<String> events() {
    return types().stream().filter(type -> !type.equals("stats")).toList();
  }

  void forget() {
    take();
  }

  /** The close code, if the server closed this connection. */
  Optional<Integer> closeCode() {
    return socket.closed().map(CloseReason::code);
  }

  /** In which classes messages of each type were ever delivered. */
  Map<String, Set<Delivery.Kind>> deliveries() {
    receive();
    Map<String, Set<Delivery.Kind>> kinds = new TreeMap<>();
    for (int i = 0; i < everything.size(); i++) {
      kinds.computeIfAbsent(everything.get(i).type(), type -> new TreeSet<>()).add(socket.deliveries().get(i).kind());
    }
    return kinds;
  }

  /** The client has closed, or its connection was lost. */
  void leave() {
    world.loop.run(() -> world.session.disconnectListener(connection));
  }

  private void receive() {
    for (String text : socket.take()) {
      Json message = Json.parse(text);
      everything.add(message);
      inbox.add(message);
    }
  }

  /** Writes down what the connection is told, in the order over all clients. */
  private record Tap(SimConnection socket, String name, List<ParrotWorld.Sent> log) implements Connection {
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
      log.add(new ParrotWorld.Sent(name, frame.payloadText()));
      socket.send(frame, delivery);
    }

    @Override
    public void close(CloseReason reason) {
      log.add(new ParrotWorld.Sent(name, "{\"type\":\"close " + reason.code() + "\"}"));
      socket.close(reason);
    }
  }
}
