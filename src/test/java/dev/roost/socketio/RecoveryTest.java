package dev.roost.socketio;

import static dev.roost.socketio.SioWorld.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import dev.roost.socketio.StockClient.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A socket whose session broke comes back whole, or not at all. */
class RecoveryTest {
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

  private void emitTo(String room, String name) {
    run(() -> world.namespace("/").broadcast().to(room).emit(Payload.of(name)));
  }

  private static List<String> events(String... names) {
    return List.of(names).stream().map(name -> "[\"" + name + "\"]").toList();
  }

  // ---- Back whole

  @Test
  void theSameSocketWithItsRoomsAndAllThatItMissed() {
    client.connect("/");
    Socket socket = main.last();
    Object attachment = new Object();
    run(() -> {
      socket.attach(attachment);
      socket.join("room");
    });
    emit("before");
    client.read().cut();
    String id = space.id;
    assertThat(socket.isConnected()).isFalse();
    assertThat(main.take()).containsExactly("connected", "interrupted");
    run(() -> assertThat(world.namespace("/").emit(Payload.of("all"))).as("now").isZero());
    emitTo("room", "room");
    emitTo("elsewhere", "elsewhere");
    run(() -> {
      socket.emit(Payload.of("you", RawJson.of("1"), RawJson.of("\"x\"")));
      socket.broadcast().emit(Payload.of("others"));
      world.namespace("/").broadcast().except("room").emit(Payload.of("not the room"));
      world.namespace("/").broadcast().to("room").to("elsewhere").emit(Payload.of("both"));
      socket.emitVolatile(Payload.of("gone"));
      world.namespace("/").broadcast().emitVolatile(Payload.of("gone"));
      socket.emit(Payload.of("file", List.of(RawJson.of("{\"_placeholder\":true,\"num\":0}")), List.of(new byte[] {1, 2})));
    });
    assertThat(world.figure("interruptedSockets")).isEqualTo(1);
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.id).isEqualTo(id);
    assertThat(space.take()).containsExactly("[\"before\"]", "[\"all\"]", "[\"room\"]", "[\"you\",1,\"x\"]", "[\"both\"]", "[\"file\",{\"_placeholder\":true,\"num\":0}][1, 2]");
    assertThat(main.take()).containsExactly("asked", "resumed");
    assertThat(main.sockets).hasSize(1);
    assertThat(socket.attachment()).isSameAs(attachment);
    assertThat(socket.rooms()).isEqualTo(Set.of("room"));
    run(() -> assertThat(world.namespace("/").broadcast().to("room").emit(Payload.of("again"))).isEqualTo(1));
    assertThat(client.read().space("/").take()).isEqualTo(events("again"));
    client.link().say("2['mine']");
    assertThat(main.take()).containsExactly("event mine[]");
    assertThat(world.figure("recoveredSocketsTotal")).isEqualTo(1);
    assertThat(world.figure("interruptedSockets")).isZero();
    client.link().say("1");
    assertThat(main.take()).containsExactly("disconnected CLIENT_LEFT");
  }

  @Test
  void whatWasUnderWayWhenTheLinkBroke() {
    client.connect("/");
    for (int i = 0; i < 10; i++) {
      emit("e" + i);
    }
    client.read(4).cut();
    emit("e10");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10"));
  }

  @Test
  void anEventWhoseAttachmentDidNotArriveComesAgain() {
    client.connect("/");
    run(() -> main.last().emit(Payload.of("file", List.of(RawJson.of("{\"_placeholder\":true,\"num\":0}")), List.of(new byte[] {1}))));
    client.read(1).cut();
    client.connect("/");
    assertThat(space.take()).containsExactly("[\"file\",{\"_placeholder\":true,\"num\":0}][1]");
  }

  @Test
  void aQuietSocketThatKnowsNoOffset() {
    emit("long before");
    client.connect("/");
    client.cut();
    emit("missed");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("missed"));
    client.cut();
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEmpty();
  }

  @Test
  void aQuietSocketLosesItsFirstEventUnderWay() {
    client.connect("/");
    emit("first");
    client.cut();
    client.connect("/");
    assertThat(space.take()).isEqualTo(events("first"));
  }

  @Test
  void manyBreaksInARow() {
    client.connect("/");
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String name = "e" + i;
      emit(name);
      sent.add(name);
      client.read(i % 4);
      client.cut();
      world.loop.passMillis(i % 10 == 0 ? 10_000 : 500);
      client.connectUnread("/");
    }
    client.read();
    assertThat(space.recovered).isTrue();
    assertThat(space.events).isEqualTo(events(sent.toArray(String[]::new)));
    assertThat(main.sockets).hasSize(1);
  }

  @Test
  void aBreakBeforeTheAnswerToItsReturnArrived() {
    client.connect("/");
    client.cut();
    emit("a");
    client.connectUnread("/").cut();
    emit("b");
    client.connectUnread("/").read(2).cut();
    emit("c");
    client.connect("/");
    assertThat(space.take()).isEqualTo(events("a", "b", "c"));
    assertThat(main.take()).containsExactly("connected", "interrupted", "asked", "resumed", "interrupted", "asked", "resumed", "interrupted", "asked", "resumed");
  }

  @Test
  void theOffsetOfAnOlderSessionOfTheSameClient() {
    client.connect("/");
    emit("one");
    emit("two");
    client.read();
    client.link().say("1").cut();
    space.connected = false;
    emit("nobody");
    client.connect("/");
    assertThat(space.recovered).isFalse();
    emit("three");
    client.cut();
    emit("four");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("one", "two", "three", "four"));
  }

  @Test
  void theOffsetOfAnEarlierLifeOfTheNamespace() {
    Recorder rooms = new Recorder();
    world.server.namespaces(name -> name.startsWith("/room") ? Optional.of(rooms) : Optional.empty());
    Space room = client.space("/room");
    client.connect("/room");
    for (int i = 0; i < 5; i++) {
      run(() -> world.namespace("/room").emit(Payload.of("old")));
    }
    client.read().link().say("1/room,");
    room.connected = false;
    assertThat(world.server.find("/room")).isEmpty();
    client.cut();
    client.connect("/room");
    assertThat(room.recovered).isFalse();
    room.take();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String name = "new" + i;
      run(() -> world.namespace("/room").emit(Payload.of(name)));
      sent.add(name);
    }
    client.cut();
    client.connect("/room");
    assertThat(room.recovered).isTrue();
    assertThat(room.take()).isEqualTo(events(sent.toArray(String[]::new)));
  }

  @Test
  void offsetsThatNobodyGave() {
    client.connect("/");
    emit("a");
    emit("b");
    client.read();
    String epoch = space.offset.substring(0, space.offset.indexOf('-'));
    for (String offset : List.of("", "x", "-", epoch, epoch + "-", epoch + "-zzzzzzzzzzzzzzzzzzzz", epoch + "--5", epoch + "-9", "other-1", "other-2", epoch + "-" + "1".repeat(5_000))) {
      client.cut();
      space.offset = offset;
      space.take();
      client.connect("/");
      assertThat(space.recovered).isTrue();
      assertThat(space.take()).as("all since it came, by %s", offset).isEqualTo(events("a", "b"));
    }
    client.link().cut();
    Link odd = world.link().say("0{'pid':'" + space.pid + "','offset':{'a':[1]},'offset':7}");
    assertThat(odd.take()).hasSize(3).first().asString().contains(space.id);
    odd.cut();
    assertThat(world.link().say("0{'pid':['" + space.pid + "']}").take()).hasSize(1).first().asString().doesNotContain(space.id);
  }

  // ---- Rooms

  @Test
  void roomsJoinedAndLeftBeforeTheBreakAndDuringIt() {
    client.connect("/");
    Socket socket = main.last();
    emitTo("a", "a: not yet");
    run(() -> socket.join("a"));
    emitTo("a", "a1");
    run(() -> socket.leave("a"));
    emitTo("a", "a: left");
    run(() -> socket.join("b"));
    run(() -> world.namespace("/").broadcast().except("a").emit(Payload.of("not a")));
    run(() -> world.namespace("/").broadcast().except("b").emit(Payload.of("not b")));
    client.cut();
    emitTo("b", "b1");
    run(() -> {
      socket.leave("b");
      socket.leave("never");
      socket.join("c");
    });
    emitTo("b", "b: left");
    emitTo("c", "c1");
    run(() -> {
      socket.leave("c");
      socket.join("a");
      socket.join("c");
    });
    emitTo("c", "c2");
    emitTo("a", "a2");
    run(() -> socket.leave("c"));
    run(() -> world.namespace("/").broadcast().to("a").except("c").emit(Payload.of("a, not c")));
    client.connect("/");
    assertThat(space.take()).isEqualTo(events("a1", "not a", "b1", "c1", "c2", "a2", "a, not c"));
    assertThat(socket.rooms()).isEqualTo(Set.of("a"));
    run(() -> assertThat(world.namespace("/").broadcast().to("a").to("b").to("c").emit(Payload.of("x"))).isEqualTo(1));
    run(() -> assertThat(world.namespace("/").broadcast().to("c").emit(Payload.of("x"))).isZero());
  }

  @Test
  void joiningAndLeavingForeverTakesNoMemory() {
    client.connect("/");
    Socket socket = main.last();
    run(() -> {
      for (int i = 0; i < 200_000; i++) {
        socket.join("a");
        socket.leave("a");
      }
    });
    emitTo("a", "a");
    client.cut();
    client.connect("/");
    assertThat(space.take()).isEmpty();
  }

  // ---- Breaks that the server has not noticed, and several namespaces

  @Test
  void theNewSessionTakesOver() {
    client.connect("/");
    Link old = client.link();
    emit("a");
    client.read(1).vanish();
    emit("b");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(main.take()).containsExactly("connected", "interrupted", "asked", "resumed");
    emit("c");
    assertThat(client.read().space("/").take()).isEqualTo(events("a", "b", "c"));
    assertThat(old.isOpen()).as("the old session is ended").isFalse();
    world.loop.pass(WINDOW.multipliedBy(2));
    assertThat(main.take()).isEmpty();
    assertThat(client.link().isOpen()).isTrue();
    assertThat(world.figure("sockets")).isEqualTo(1);
  }

  @Test
  void whatTheOldSessionStillSaysMeansNothing() {
    client.connect("/");
    Link old = client.link();
    world.offer("/other");
    old.say("0/other,");
    space.connected = false;
    client.connect("/");
    assertThat(space.recovered).isTrue();
    main.take();
    old.say("2['late']", "1");
    assertThat(main.take()).isEmpty();
    assertThat(old.isOpen()).as("it carries another namespace").isTrue();
    old.say("1/other,");
    world.loop.pass(SioWorld.CONNECT_TIMEOUT);
    assertThat(old.isOpen()).isFalse();
    assertThat(client.link().isOpen()).isTrue();
  }

  @Test
  void severalNamespacesOfOneSession() {
    Recorder other = world.offer("/other");
    Recorder plain = new Recorder();
    plain.recovers = false;
    world.server.namespace("/plain", plain);
    run(() -> { });
    client.connect("/", "/other", "/plain");
    run(() -> world.namespace("/plain").emit(Payload.of("no offset")));
    assertThat(client.read().space("/plain").take()).isEqualTo(events("no offset"));
    client.vanish();
    emit("a");
    run(() -> world.namespace("/other").emit(Payload.of("b")));
    client.connect("/other");
    assertThat(main.take()).containsExactly("connected");
    client.link().say("0{'pid':'" + space.pid + "'}", "0/plain,");
    space.connected = false;
    client.read();
    assertThat(space.recovered).isTrue();
    assertThat(client.space("/other").recovered).isTrue();
    assertThat(client.space("/plain").recovered).isFalse();
    assertThat(space.take()).isEqualTo(events("a"));
    assertThat(client.space("/other").take()).isEqualTo(events("b"));
    world.loop.pass(WINDOW);
    assertThat(plain.take()).containsExactly("connected", "connected", "disconnected PING_TIMEOUT");
    client.cut();
    assertThat(other.take()).containsExactly("connected", "interrupted", "asked", "resumed", "interrupted");
    assertThat(plain.take()).containsExactly("disconnected TRANSPORT_CLOSE");
  }

  @Test
  void anUpgradeInTheMiddle() {
    SioWorld.Poller first = world.new Poller();
    first.post("40");
    String answer = first.poll().getFirst();
    emit("polled");
    emit("waits");
    Link socket = first.upgrade();
    emit("by WebSocket");
    List<String> taken = socket.take();
    assertThat(taken).hasSize(3);
    socket.cut();
    emit("missed");
    String pid = Json.parse(answer.substring(2)).at("pid").text();
    String offset = Json.parse(taken.get(1).substring(1)).items().getLast().text();
    SioWorld.Poller second = world.new Poller();
    second.post("40{'pid':'" + pid + "','offset':'" + offset + "'}");
    Link again = second.upgrade();
    assertThat(again.take().stream().map(packet -> packet.replaceAll(",\"[a-z0-9]+-[a-z0-9]+\"]", "]"))).containsExactly(answer.substring(1), "2[\"by WebSocket\"]", "2[\"missed\"]");
    assertThat(main.sockets).hasSize(1);
    emit("on");
    assertThat(again.take()).hasSize(1);
    again.cut();
    world.loop.pass(WINDOW.multipliedBy(2));
    world.isEmpty();
  }

  // ---- Not back

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

  // ---- Bounds: no gap, but a new beginning

  @Test
  void moreEventsThanAreKept() {
    SioWorld wide = new SioWorld(WINDOW, 10_000, 50_000_000);
    Recorder application = wide.offer("/");
    StockClient behind = new StockClient(wide).connect("/");
    StockClient ahead = new StockClient(wide).connect("/");
    behind.cut();
    Socket gone = application.sockets.getFirst();
    wide.loop.run(() -> {
      for (int i = 0; i < 50_001; i++) {
        wide.namespace("/").emit(Payload.of("e"));
      }
    });
    ahead.read().cut();
    wide.loop.run(() -> wide.namespace("/").emit(Payload.of("last")));
    ahead.connect("/");
    assertThat(ahead.space("/").recovered).isTrue();
    assertThat(ahead.space("/").events).hasSize(50_002);
    behind.connect("/");
    assertThat(behind.space("/").recovered).isFalse();
    assertThat(behind.space("/").events).isEmpty();
    assertThat(application.heard).endsWith("disconnected TRANSPORT_CLOSE", "connected");
    assertThat(gone.isConnected()).isFalse();
  }

  @Test
  void moreBytesThanAreKeptAndASmallNamespaceBesideIt() {
    SioWorld wide = new SioWorld(WINDOW, 4_000_000, 2_000_000_000);
    wide.offer("/");
    wide.offer("/small");
    long bound = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);
    StockClient one = new StockClient(wide).connect("/", "/small");
    one.cut();
    RawJson large = RawJson.of("\"" + "x".repeat(3_000_000) + "\"");
    wide.loop.run(() -> {
      wide.namespace("/small").emit(Payload.of("s"));
      for (int i = 0; i < 30; i++) {
        wide.namespace("/").emit(Payload.of("e", large));
      }
    });
    assertThat(wide.figure("recoveryLogBytes")).isBetween(bound - 4_000_000, bound);
    one.connect("/", "/small");
    assertThat(one.space("/").recovered).isFalse();
    assertThat(one.space("/small").recovered).isTrue();
    assertThat(one.space("/small").take()).isEqualTo(events("s"));
    one.cut();
    wide.loop.pass(WINDOW.multipliedBy(3));
    wide.isEmpty();
  }

  @Test
  void moreThanMayWaitForAClient() {
    client.connect("/");
    client.cut();
    RawJson part = RawJson.of("\"" + "x".repeat(5_000) + "\"");
    run(() -> {
      for (int i = 0; i < 9; i++) {
        world.namespace("/").emit(Payload.of("e", part));
      }
    });
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).hasSize(9);
    client.cut();
    run(() -> {
      for (int i = 0; i < 10; i++) {
        world.namespace("/").emit(Payload.of("e", part));
      }
    });
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(space.take()).isEmpty();
  }

  @Test
  void whoWasClosedForItsSlownessComesBackOrBeginsAnew() {
    for (int count : List.of(9, 25)) {
      SioWorld.Poller poller = world.new Poller();
      String pid = Json.parse(poller.post("40").poll().getFirst().substring(2)).at("pid").text();
      main.take();
      RawJson part = RawJson.of("\"" + "x".repeat(5_000) + "\"");
      run(() -> {
        for (int i = 0; i < count; i++) {
          world.namespace("/").emit(Payload.of("e", part));
        }
      });
      assertThat(main.take()).isEqualTo(count == 25 ? List.of("interrupted") : List.of());
      Link link = world.link().say("0{'pid':'" + pid + "'}");
      List<String> taken = link.take();
      assertThat(taken.getFirst().contains(pid)).isEqualTo(count == 9);
      assertThat(taken).as("all or nothing").hasSize(count == 9 ? 10 : 1);
      link.say("1").cut();
      main.take();
    }
    world.loop.pass(WINDOW.multipliedBy(3));
    world.isEmpty();
  }

  @Test
  void anOldLossConcernsNobodyWhoWasThere() {
    SioWorld wide = new SioWorld(WINDOW, 10_000, 50_000_000);
    Recorder application = wide.offer("/");
    StockClient quiet = new StockClient(wide).connect("/");
    wide.loop.run(() -> {
      for (int i = 0; i < 50_100; i++) {
        wide.namespace("/").broadcast().to("elsewhere").emit(Payload.of("e"));
      }
    });
    quiet.cut();
    quiet.connect("/");
    assertThat(quiet.space("/").recovered).as("it might have been one of those that were lost").isFalse();
    wide.loop.run(() -> {
      for (int i = 0; i < 50_100; i++) {
        wide.namespace("/").broadcast().to("elsewhere").emit(Payload.of("e"));
      }
    });
    wide.loop.pass(SioWorld.PING_INTERVAL.plus(SioWorld.PING_TIMEOUT.multipliedBy(2)).plusSeconds(31));
    quiet.cut();
    wide.loop.run(() -> application.last().emit(Payload.of("now")));
    quiet.connect("/");
    assertThat(quiet.space("/").recovered).as("they are too old to have been missed").isTrue();
    assertThat(quiet.space("/").take()).isEqualTo(events("now"));
  }

  @Test
  void aBreakThatIsNoticedAsLateAsCanBe() {
    client.connect("/");
    Link link = client.link();
    world.loop.pass(SioWorld.PING_INTERVAL.minusMillis(1));
    // The ping arrives, but not what comes behind it, and its answer takes all the time that it has.
    client.link().holdPongs();
    world.loop.passMillis(1);
    emit("lost");
    world.loop.pass(SioWorld.PING_TIMEOUT.minusMillis(1));
    link.releasePongs();
    client.vanish();
    world.loop.pass(SioWorld.PING_INTERVAL.plus(SioWorld.PING_TIMEOUT).minusMillis(1));
    assertThat(main.take()).containsExactly("connected");
    // And then the machine stands still.
    world.loop.passLate(Duration.ofSeconds(29));
    assertThat(main.take()).containsExactly("interrupted");
    world.loop.pass(WINDOW.minusMillis(1));
    emit("now");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("lost", "now"));
  }

  @Test
  void whatWasSentAgainAndLostAgainIsNotForgottenInSilence() {
    client.connect("/");
    Socket socket = main.last();
    client.cut();
    emit("lost twice");
    world.loop.pass(WINDOW.minusMillis(1));
    client.connectUnread("/").cut();
    world.loop.pass(WINDOW.minusMillis(1));
    emit("makes the log forget");
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(space.take()).isEmpty();
    assertThat(main.last()).isNotSameAs(socket);
  }

  @Test
  void whatWasSentAgainAndReceivedMayBeForgotten() {
    client.connect("/");
    client.cut();
    emit("once more");
    world.loop.pass(WINDOW.minusMillis(1));
    client.connect("/");
    client.cut();
    world.loop.pass(WINDOW.minusMillis(1));
    emit("makes the log forget");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("once more", "makes the log forget"));
  }

  @Test
  void moreSocketsThanMayWait() {
    SioWorld wide = new SioWorld(WINDOW);
    Recorder application = wide.offer("/");
    List<StockClient> clients = new ArrayList<>();
    for (int i = 0; i < 10_001; i++) {
      StockClient one = new StockClient(wide);
      one.address = "192.0.2." + i / 2_500;
      clients.add(one.connect("/"));
    }
    clients.forEach(StockClient::cut);
    assertThat(wide.figure("interruptedSockets")).isEqualTo(10_000);
    assertThat(application.heard.getLast()).isEqualTo("disconnected TRANSPORT_CLOSE");
    clients.getLast().connect("/");
    clients.getFirst().connect("/");
    assertThat(clients.getLast().space("/").recovered).isFalse();
    assertThat(clients.getFirst().space("/").recovered).isTrue();
    clients.getFirst().cut();
    clients.getLast().link().say("1").cut();
    wide.loop.pass(WINDOW);
    wide.isEmpty();
  }

  @Test
  void oneAddressDoesNotTakeThePlacesOfAllOthers() {
    SioWorld wide = new SioWorld(WINDOW);
    wide.offer("/");
    List<StockClient> greedy = new ArrayList<>();
    for (int i = 0; i < 2_501; i++) {
      greedy.add(new StockClient(wide).connect("/"));
    }
    greedy.forEach(StockClient::cut);
    assertThat(wide.figure("interruptedSockets")).isEqualTo(2_500);
    StockClient other = new StockClient(wide);
    other.address = "192.0.2.2";
    other.connect("/");
    other.cut();
    other.connect("/");
    assertThat(other.space("/").recovered).isTrue();
    greedy.getFirst().connect("/");
    assertThat(greedy.getFirst().space("/").recovered).isTrue();
    greedy.getLast().connect("/");
    assertThat(greedy.getLast().space("/").recovered).isFalse();
    greedy.getLast().cut();
    assertThat(wide.figure("interruptedSockets")).as("there is a place again").isEqualTo(2_500);
    greedy.getFirst().link().say("1").cut();
    other.link().say("1").cut();
    wide.loop.pass(WINDOW);
    wide.isEmpty();
  }
}
