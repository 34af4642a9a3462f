package dev.roost.socketio;

import static dev.roost.socketio.SioWorld.WINDOW;
import static dev.roost.socketio.StockClient.events;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import dev.roost.socketio.StockClient.Space;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A socket whose session broke and that does not come back: by its own doing, by its time, by the will of the application. */
class RecoveryRefusalTest {
  private final SioWorld world = new SioWorld(WINDOW);
  private final Recorder main = world.offer("/");
  private final StockClient client = new StockClient(world);
  private final Space space = client.space("/");

  private void run(Runnable task) {
    world.loop.run(task);
  }

  private void emit(String name) {
    run(() -> world.namespace("/").emit(Payload.of(name)));
  }

  @Test
  void atTheEndOfTheWindowEverythingIsFreed() {
    Recorder rooms = new Recorder();
    world.server.namespaces(name -> name.startsWith("/room") ? Optional.of(rooms) : Optional.empty());
    client.connect("/", "/room");
    run(() -> {
      world.namespace("/").emit(Payload.of("a", RawJson.of("\"" + "x".repeat(5_000) + "\"")));
      world.namespace("/room").emit(Payload.of("b"));
      rooms.last().join("x");
    });
    assertThat(world.figure("recoveryLogBytes")).isGreaterThan(5_000);
    client.cut();
    world.loop.pass(WINDOW.minusMillis(1));
    assertThat(rooms.take()).containsExactly("connected", "interrupted");
    assertThat(world.namespace("/room").size()).isZero();
    world.loop.passMillis(1);
    assertThat(rooms.take()).containsExactly("disconnected TRANSPORT_CLOSE");
    assertThat(main.take()).containsExactly("connected", "interrupted", "disconnected TRANSPORT_CLOSE");
    assertThat(world.server.find("/room")).isEmpty();
    world.loop.pass(WINDOW);
    world.isEmpty();
    client.connect("/", "/room");
    assertThat(space.recovered).isFalse();
    assertThat(rooms.sockets).hasSize(2);
    assertThat(rooms.last().id()).isNotEqualTo(rooms.sockets.getFirst().id());
  }

  @Test
  void aQuietNamespaceForgetsWhatItSent() {
    client.connect("/");
    emit("a");
    world.loop.passMillis(10_000);
    emit("b");
    long both = world.figure("recoveryLogBytes");
    world.loop.pass(WINDOW.plus(Duration.ofMinutes(2)));
    assertThat(both).isPositive();
    assertThat(world.figure("recoveryLogBytes")).isZero();
    assertThat(client.link().isOpen()).isTrue();
    client.read().cut();
    emit("c");
    client.connect("/");
    assertThat(space.recovered).as("what is forgotten was received").isTrue();
    assertThat(space.take()).isEqualTo(events("a", "b", "c"));
  }

  @Test
  void theReasonOfTheBreakIsTold() {
    client.connect("/");
    client.vanish();
    world.loop.pass(SioWorld.PING_INTERVAL.plus(SioWorld.PING_TIMEOUT));
    assertThat(main.take()).containsExactly("connected", "interrupted");
    world.loop.pass(WINDOW);
    assertThat(main.take()).containsExactly("disconnected PING_TIMEOUT");
    world.isEmpty();
  }

  @Test
  void whoLeavesOrIsSentAwayOrBreaksTheRulesDoesNotComeBack() {
    for (String how : List.of("1", "x", "2['throw']", "2['away']")) {
      main.on("event", socket -> {
        if (how.contains("throw")) {
          throw SioWorld.failure();
        }
        socket.disconnect();
      });
      StockClient other = new StockClient(world).connect("/");
      other.link().say(how);
      other.cut();
      other.connect("/");
      assertThat(other.space("/").recovered).as(how).isFalse();
      other.link().say("1").cut();
    }
    assertThat(main.take()).doesNotContain("interrupted", "asked");
    world.isEmpty();
  }

  @Test
  void anotherSecretOrAnotherNamespaceGivesNothing() {
    world.offer("/other");
    client.connect("/", "/other");
    client.cut();
    StockClient thief = new StockClient(world);
    thief.space("/").pid = client.space("/other").pid;
    thief.space("/other").pid = space.id;
    thief.connect("/", "/other");
    assertThat(thief.space("/").recovered).isFalse();
    assertThat(thief.space("/other").recovered).isFalse();
    client.connect("/", "/other");
    assertThat(space.recovered).isTrue();
    assertThat(client.space("/other").recovered).isTrue();
  }

  @Test
  void theApplicationDoesNotWantItBack() {
    client.connect("/");
    Socket first = main.last();
    client.cut();
    main.mayResume = false;
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(main.take()).containsExactly("connected", "interrupted", "asked", "disconnected TRANSPORT_CLOSE", "connected");
    assertThat(main.last()).isNotSameAs(first);
    assertThat(world.figure("interruptedSockets")).isZero();
    client.vanish();
    client.connect("/");
    assertThat(main.take()).containsExactly("interrupted", "asked", "disconnected TRANSPORT_CLOSE", "connected");
    client.cut();
    world.loop.pass(WINDOW);
    world.isEmpty();
  }

  @Test
  void whatTheApplicationEndsAtItsBreakIsNotKept() {
    client.connect("/");
    main.on("interrupted", Socket::disconnect);
    client.cut();
    assertThat(main.take()).containsExactly("connected", "interrupted", "disconnected SERVER_LEFT");
    world.isEmpty();
    client.connect("/");
    assertThat(space.recovered).isFalse();
  }

  @Test
  void theApplicationEndsItWhileItIsAway() {
    client.connect("/");
    client.cut();
    run(() -> {
      main.last().disconnect();
      main.last().disconnect();
      main.last().emit(Payload.of("x"));
      main.last().join("x");
    });
    assertThat(main.take()).containsExactly("connected", "interrupted", "disconnected SERVER_LEFT");
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(space.take()).isEmpty();
  }

  @Test
  void theApplicationEndsItWhileItIsToldOfItAndAsked() {
    for (String where : List.of("interrupted", "asked", "resumed")) {
      for (boolean noticed : List.of(true, false)) {
        SioWorld fresh = new SioWorld(WINDOW);
        Recorder application = fresh.offer("/");
        StockClient one = new StockClient(fresh).connect("/");
        Socket socket = application.last();
        application.on(where, Socket::disconnect);
        if (noticed) {
          one.cut();
        } else {
          one.vanish();
        }
        application.reactions.keySet().removeIf(what -> !what.equals(where));
        one.connect("/");
        assertThat(application.heard.stream().filter(what -> what.startsWith("disconnected"))).as(where).containsExactly("disconnected SERVER_LEFT");
        if (where.equals("resumed")) {
          assertThat(application.sockets).hasSize(1);
          fresh.loop.passMillis(1_000);
          assertThat(one.link().isOpen()).isFalse();
        } else {
          assertThat(application.sockets).as("a new one").hasSize(2);
          assertThat(socket.isConnected()).isFalse();
          application.reactions.clear();
          assertThat(fresh.figure("interruptedSockets")).isZero();
          fresh.loop.run(() -> assertThat(fresh.namespace("/").emit(Payload.of("x"))).isEqualTo(1));
          one.link().say("1").cut();
        }
        fresh.loop.pass(WINDOW.multipliedBy(2));
        fresh.isEmpty();
      }
    }
  }

  @Test
  void aHandlerThatFailsOnTheWayLeavesNothingBehind() {
    for (String where : List.of("interrupted", "asked", "resumed", "disconnected")) {
      for (boolean noticed : List.of(true, false)) {
        SioWorld fresh = new SioWorld(WINDOW);
        Recorder application = new Recorder();
        fresh.server.namespaces(name -> Optional.of(application));
        StockClient one = new StockClient(fresh).connect("/x");
        application.on(where, socket -> {
          throw SioWorld.failure();
        });
        application.mayResume = !where.equals("disconnected");
        if (noticed) {
          one.cut();
        } else {
          one.vanish();
        }
        one.connectUnread("/x");
        application.reactions.clear();
        one.link().cut();
        fresh.loop.pass(WINDOW.multipliedBy(2));
        assertThat(application.heard.stream().filter(what -> what.startsWith("disconnected")).count()).as(where).isEqualTo(application.sockets.size());
        assertThat(fresh.figure("namespaces")).as(where).isZero();
        fresh.isEmpty();
      }
    }
  }

  @Test
  void whatTheApplicationSendsWhileItIsAskedComesToo() {
    client.connect("/");
    client.cut();
    main.on("asked", socket -> world.namespace("/").emit(Payload.of("asked"))).on("resumed", socket -> socket.emit(Payload.of("welcome")));
    client.connect("/");
    assertThat(space.take()).isEqualTo(events("asked", "welcome"));
  }

  @Test
  void oldClientsDoNotComeBack() {
    Link old = world.oldLink();
    assertThat(old.take()).containsExactly("0");
    old.cut();
    assertThat(main.take()).containsExactly("connected", "disconnected TRANSPORT_CLOSE");
    client.connect("/");
    client.cut();
    world.offer("/other");
    main.take();
    Link thief = world.oldLink();
    thief.say("1", "0{'pid':'" + space.pid + "'}");
    assertThat(main.take()).containsExactly("connected", "disconnected CLIENT_LEFT", "connected");
  }

  @Test
  void withoutAWindowNothingHasAnOffset() {
    SioWorld plain = new SioWorld();
    Recorder application = plain.offer("/");
    StockClient one = new StockClient(plain).connect("/");
    assertThat(one.space("/").pid).isNull();
    plain.loop.run(() -> plain.namespace("/").emit(Payload.of("x")));
    assertThat(one.link().take()).containsExactly("2[\"x\"]");
    one.cut();
    assertThat(application.take()).containsExactly("connected", "disconnected TRANSPORT_CLOSE");
    plain.isEmpty();
  }

  @Test
  void theServerStopsWhileOneIsAway() {
    client.connect("/");
    StockClient other = new StockClient(world).connect("/");
    client.cut();
    main.take();
    world.server.drain();
    world.loop.run();
    assertThat(main.take()).containsExactlyInAnyOrder("disconnected SHUTTING_DOWN", "disconnected SHUTTING_DOWN");
    assertThat(other.link().isOpen()).isFalse();
    world.isEmpty();
  }
}
