package dev.roost.socketio;

import static dev.roost.socketio.SioWorld.WINDOW;
import static dev.roost.socketio.StockClient.events;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import dev.roost.socketio.StockClient.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A socket whose session broke comes back whole: with its rooms and all that it missed. */
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
}
