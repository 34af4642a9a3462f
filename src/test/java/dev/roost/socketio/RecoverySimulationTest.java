package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.socketio.StockClient.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many stock clients whose links break at random, noticed or not, with whatever was under way, while events are sent to rooms that they join and leave. A model knows which events each
 * socket has to get: every one exactly once and in order, or the client is told that it is a new socket; and a new one only where there is a reason.
 */
class RecoverySimulationTest {
  private static final Duration WINDOW = Duration.ofSeconds(60);
  private static final int CLIENTS = 8;
  private static final int STEPS = 1_500;
  private static final List<String> NAMESPACES = List.of("/", "/dynamic");
  private static final List<String> ROOMS = List.of("a", "b", "c");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void nothingIsLostAndNothingComesTwice(int seed) {
    new Simulation(seed).run();
  }

  /** What one socket has to get. */
  private static final class Truth {
    final Socket socket;
    final Set<String> rooms = new HashSet<>();
    final List<String> expected = new ArrayList<>();
    final List<Long> sentAt = new ArrayList<>();
    boolean isGone;

    Truth(Socket socket) {
      this.socket = socket;
    }

    boolean isIn(Set<String> any) {
      return any.stream().anyMatch(rooms::contains);
    }
  }

  private static final class Simulation {
    private final SioWorld world = new SioWorld(WINDOW, 10_000, 50_000_000);
    private final Random random;
    private final Map<String, Truth> truths = new HashMap<>();
    private final List<StockClient> clients = new ArrayList<>();
    private final Set<StockClient> away = new HashSet<>();
    private int events;
    private int recoveries;
    private int beginnings;
    private int vanished;

    Simulation(int seed) {
      random = new Random(seed);
      Application application = new Application();
      world.server.namespace("/", application);
      world.server.namespaces(name -> name.equals("/dynamic") ? Optional.of(application) : Optional.empty());
      world.loop.run();
      for (int i = 0; i < CLIENTS; i++) {
        StockClient client = new StockClient(world);
        client.onConnected = this::answered;
        clients.add(client);
        away.add(client);
      }
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      clients.forEach(this::comeBack);
      for (int i = 0; i < 50; i++) {
        emit();
      }
      clients.forEach(StockClient::read);
      clients.forEach(client -> NAMESPACES.forEach(name -> {
        Space space = client.space(name);
        if (space.connected) {
          assertThat(kept(space)).as("at the end").isEqualTo(truths.get(space.id).expected);
        }
      }));
      assertThat(recoveries).as("recoveries").isGreaterThan(30);
      assertThat(beginnings).as("new beginnings").isGreaterThan(CLIENTS);
      assertThat(vanished).as("breaks that were not noticed").isGreaterThan(10);
      clients.forEach(StockClient::cut);
      world.loop.pass(WINDOW.multipliedBy(6));
      assertThat(truths.values()).as("sockets that nobody ended").allMatch(truth -> truth.isGone);
      assertThat(world.figure("namespaces")).isEqualTo(1);
      world.isEmpty();
    }

    private void step() {
      StockClient client = clients.get(random.nextInt(CLIENTS));
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6 -> emit();
        case 7, 8 -> move();
        case 9, 10 -> lose(client);
        case 11, 12, 13 -> comeBack(client);
        case 14, 15 -> readSome(client, random.nextInt(6));
        case 16 -> world.loop.passMillis(random.nextInt(2_000));
        case 17 -> beQuiet();
        case 18 -> leave(client);
        default -> sendAway();
      }
    }

    /** Long enough now and then for breaks to be noticed, and for windows to end. */
    private void beQuiet() {
      int seconds = random.nextInt(8) == 0 ? random.nextInt(90) : 1;
      for (int i = 0; i < seconds; i++) {
        world.loop.passMillis(1_000);
        clients.forEach(client -> readSome(client, random.nextInt(3)));
      }
    }

    // ---- Clients

    private void readSome(StockClient client, int most) {
      if (!away.contains(client)) {
        client.read(most);
        NAMESPACES.forEach(name -> checked(client.space(name)));
      }
    }

    private void lose(StockClient client) {
      if (away.contains(client)) {
        return;
      }
      readSome(client, random.nextInt(10));
      if (random.nextBoolean()) {
        client.cut();
      } else {
        client.vanish();
        vanished++;
      }
      away.add(client);
    }

    private void comeBack(StockClient client) {
      if (!away.contains(client) && !client.link().isOpen()) {
        client.read().cut();
        away.add(client);
      }
      if (away.remove(client)) {
        List<Truth> owed = NAMESPACES.stream().map(client::space).filter(this::isOwedItsSocket).map(space -> truths.get(space.id)).toList();
        client.connectUnread(NAMESPACES.toArray(String[]::new)).link().pingsWait();
        assertThat(owed).as("there is no reason for a new socket").allMatch(truth -> truth.socket.isConnected());
      }
    }

    /** The socket is there, and nothing that the client misses is so old that it might be forgotten. */
    private boolean isOwedItsSocket(Space space) {
      Truth truth = space.id == null ? null : truths.get(space.id);
      if (truth == null || truth.isGone) {
        return false;
      }
      int got = kept(space).size();
      return got == truth.expected.size() || world.loop.nanos() - truth.sentAt.get(got) < WINDOW.toNanos();
    }

    private void leave(StockClient client) {
      if (away.contains(client) || random.nextInt(4) > 0) {
        return;
      }
      Space space = client.read().space(NAMESPACES.get(random.nextInt(NAMESPACES.size())));
      if (space.connected && client.link().isOpen()) {
        checked(space);
        client.link().say("1" + (space.name.equals("/") ? "" : space.name + ","));
        space.connected = false;
        client.enter(space.name);
      }
    }

    /** A client got the answer to its CONNECT. */
    private void answered(Space space) {
      if (space.recovered) {
        recoveries++;
        return;
      }
      beginnings++;
      space.events.clear();
    }

    /** What has arrived must be the beginning of what there was. */
    private void checked(Space space) {
      if (space.id != null) {
        List<String> got = kept(space);
        List<String> expected = truths.get(space.id).expected;
        assertThat(got).isEqualTo(expected.subList(0, Math.min(got.size(), expected.size())));
      }
    }

    /** Names of the events that may not be dropped; of the others, each came once at most. */
    private static List<String> kept(Space space) {
      List<String> names = space.events.stream().map(event -> event.substring(2, event.indexOf('"', 2))).toList();
      assertThat(names).doesNotHaveDuplicates();
      return names.stream().filter(name -> name.startsWith("e")).toList();
    }

    // ---- The application

    private List<Truth> living() {
      return truths.values().stream().filter(truth -> !truth.isGone).sorted((one, other) -> one.socket.id().compareTo(other.socket.id())).toList();
    }

    private void move() {
      List<Truth> living = living();
      if (!living.isEmpty()) {
        Truth one = living.get(random.nextInt(living.size()));
        String room = ROOMS.get(random.nextInt(ROOMS.size()));
        world.loop.run(() -> {
          if (random.nextInt(3) > 0) {
            one.socket.join(room);
            one.rooms.add(room);
          } else {
            one.socket.leave(room);
            one.rooms.remove(room);
          }
        });
      }
    }

    private void sendAway() {
      List<Truth> living = living();
      if (!living.isEmpty() && random.nextInt(3) == 0) {
        Truth one = living.get(random.nextInt(living.size()));
        world.loop.run(() -> {
          one.isGone = true;
          one.socket.disconnect();
        });
      }
    }

    private void emit() {
      world.loop.run(() -> emitNow(NAMESPACES.get(random.nextInt(NAMESPACES.size()))));
    }

    private void emitNow(String name) {
      Optional<Namespace> namespace = world.server.find(name);
      if (namespace.isEmpty()) {
        return;
      }
      List<Truth> living = living().stream().filter(truth -> truth.socket.namespace() == namespace.get()).toList();
      Set<String> to = some(3);
      Set<String> except = some(5);
      Optional<Truth> exceptOne = living.isEmpty() || random.nextInt(4) > 0 ? Optional.empty() : Optional.of(living.get(random.nextInt(living.size())));
      boolean toOne = !living.isEmpty() && random.nextInt(4) == 0;
      boolean isVolatile = random.nextInt(10) == 0;
      Payload payload = payload((isVolatile ? "v" : "e") + events++);
      if (toOne) {
        Truth one = living.get(random.nextInt(living.size()));
        sendTo(one.socket, payload, isVolatile);
        note(List.of(one), payload, isVolatile);
        return;
      }
      Broadcast broadcast = namespace.get().broadcast();
      to.forEach(broadcast::to);
      except.forEach(broadcast::except);
      exceptOne.ifPresent(one -> broadcast.except(one.socket));
      List<Truth> meant = living.stream().filter(one -> (to.isEmpty() || one.isIn(to)) && !one.isIn(except) && exceptOne.filter(other -> other == one).isEmpty()).toList();
      int count = isVolatile ? broadcast.emitVolatile(payload) : broadcast.emit(payload);
      assertThat(count).isEqualTo(meant.stream().filter(one -> one.socket.isConnected()).count());
      note(meant, payload, isVolatile);
    }

    private static void sendTo(Socket socket, Payload payload, boolean isVolatile) {
      if (isVolatile) {
        socket.emitVolatile(payload);
      } else {
        socket.emit(payload);
      }
    }

    private Payload payload(String name) {
      return random.nextInt(6) > 0 ? Payload.of(name, RawJson.of("{\"a\":\"b\"}"), RawJson.of("\"text\""))
          : Payload.of(name, List.of(RawJson.of("{\"_placeholder\":true,\"num\":0}")), List.of(new byte[] {1, 2}, new byte[0]));
    }

    private void note(List<Truth> receivers, Payload payload, boolean isVolatile) {
      String name = payload.name().toString().replace("\"", "");
      if (!isVolatile) {
        receivers.forEach(one -> {
          one.expected.add(name);
          one.sentAt.add(world.loop.nanos());
        });
      }
    }

    private Set<String> some(int rarely) {
      Set<String> some = new HashSet<>();
      while (random.nextInt(rarely) == 0) {
        some.add(ROOMS.get(random.nextInt(ROOMS.size())));
      }
      return some;
    }

    /** Sends at every turn of a socket's life, too. */
    private final class Application implements NamespaceHandler {

      @Override
      public void connected(Socket socket, RawJson auth) {
        truths.put(socket.id(), new Truth(socket));
        emitNow(socket.namespace().name());
      }

      @Override
      public void event(Socket socket, Event event) {
        throw new AssertionError("Nobody sends any");
      }

      @Override
      public void interrupted(Socket socket) {
        emitNow(socket.namespace().name());
      }

      @Override
      public boolean mayResume(Socket socket) {
        emitNow(socket.namespace().name());
        return true;
      }

      @Override
      public void resumed(Socket socket) {
        emitNow(socket.namespace().name());
      }

      @Override
      public void disconnected(Socket socket, DisconnectReason reason) {
        truths.get(socket.id()).isGone = true;
        emitNow(socket.namespace().name());
      }
    }
  }
}
