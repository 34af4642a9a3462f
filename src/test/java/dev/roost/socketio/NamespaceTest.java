package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.sim.SimConnection;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Namespaces that come and go, rooms, and who gets a broadcast. */
class NamespaceTest {
  private final SioWorld world = new SioWorld();
  private final Recorder main = world.offer("/");
  private final List<Link> links = new ArrayList<>();

  private Socket connected() {
    Link link = world.link().say("0");
    link.take();
    links.add(link);
    return main.last();
  }

  private List<Socket> connected(int count) {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(connected());
    }
    return sockets;
  }

  /** Who gets it: their numbers. It says so itself, too. */
  private List<Integer> receivers(Consumer<Broadcast> address) {
    int[] count = new int[1];
    world.loop.run(() -> {
      Broadcast broadcast = world.namespace("/").broadcast();
      address.accept(broadcast);
      count[0] = broadcast.emit(Payload.of("x"));
    });
    List<Integer> receivers = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      List<String> taken = links.get(i).take();
      if (!taken.isEmpty()) {
        assertThat(taken).as("once").containsExactly("2[\"x\"]");
        receivers.add(i);
      }
    }
    assertThat(count[0]).as("how many get it").isEqualTo(receivers.size());
    return receivers;
  }

  @Test
  void roomsAndExclusions() {
    List<Socket> sockets = connected(6);
    world.loop.run(() -> {
      sockets.get(0).join("a");
      sockets.get(1).join("a");
      sockets.get(1).join("b");
      sockets.get(2).join("b");
      sockets.get(3).join("c");
      sockets.get(3).join("a");
      sockets.get(3).join("a");
    });
    assertThat(sockets.get(3).rooms()).isEqualTo(Set.of("a", "c"));
    assertThat(receivers(to -> { })).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(receivers(to -> to.to("a"))).containsExactly(0, 1, 3);
    assertThat(receivers(to -> to.to("a").to("b"))).containsExactly(0, 1, 2, 3);
    assertThat(receivers(to -> to.to("none"))).isEmpty();
    assertThat(receivers(to -> to.to("none").to("c"))).containsExactly(3);
    assertThat(receivers(to -> to.except("a"))).containsExactly(2, 4, 5);
    assertThat(receivers(to -> to.except("a").except("b").except(sockets.get(5)))).containsExactly(4);
    assertThat(receivers(to -> to.to("a").except("b"))).containsExactly(0, 3);
    assertThat(receivers(to -> to.to("a").except("b").except(sockets.get(0)).except(sockets.get(4)))).containsExactly(3);
    assertThat(receivers(to -> to.to("a").except(sockets.get(0)).except(sockets.get(5)))).containsExactly(1, 3);
    assertThat(receivers(to -> to.to("a").to("b").to("c").except("c").except(sockets.get(2)))).containsExactly(0, 1);
    assertThat(receivers(to -> to.except(sockets.get(1)))).containsExactly(0, 2, 3, 4, 5);
    world.loop.run(() -> sockets.get(3).leave("a"));
    world.loop.run(() -> sockets.get(2).leave("a"));
    assertThat(receivers(to -> to.to("a"))).containsExactly(0, 1);
    links.get(1).cut();
    assertThat(receivers(to -> to.to("a").to("b"))).containsExactly(0, 2);
    assertThat(receivers(to -> to.except(sockets.get(1)).except("c"))).containsExactly(0, 2, 4, 5);
    world.loop.run(() -> sockets.get(1).join("c"));
    assertThat(sockets.get(1).rooms()).as("it is gone").doesNotContain("c");
    assertThat(receivers(to -> to.to("a"))).containsExactly(0);
    links.forEach(Link::cut);
    assertThat(receivers(to -> to.to("a"))).isEmpty();
    world.isEmpty();
  }

  @Test
  void aSocketTellsAllOthers() {
    List<Socket> sockets = connected(3);
    world.loop.run(() -> assertThat(sockets.get(1).broadcast().emit(Payload.of("x"))).isEqualTo(2));
    assertThat(links.stream().map(link -> link.take().size())).containsExactly(1, 0, 1);
  }

  @Test
  void aSocketOfAnotherNamespaceOnTheSameSessionExcludesNobody() {
    Recorder other = world.offer("/other");
    connected(2);
    links.getFirst().say("0/other,").take();
    assertThat(receivers(to -> to.except(other.last()))).containsExactly(0, 1);
  }

  @Test
  void volatileEventsMayBeDroppedUnlessTheyHaveAttachments() {
    SioWorld.Poller poller = world.new Poller();
    poller.post("40").poll();
    world.loop.run(() -> {
      world.namespace("/").broadcast().emitVolatile(Payload.of("gone"));
      main.last().emitVolatile(Payload.of("gone", List.of(), List.of()));
      world.namespace("/").broadcast().emitVolatile(Payload.of("kept", List.of(), List.of(new byte[] {1})));
      main.last().emit(Payload.of("sure"));
    });
    assertThat(poller.poll()).containsExactly("451-[\"kept\"]", "bAQ==", "42[\"sure\"]");
  }

  @Test
  void broadcastsAreEncodedOnce() {
    Encoded packet = Encoded.event("/ns", Packet.NO_ID, Payload.of("a", List.of(RawJson.of("1")), List.of(new byte[] {1, 2})), Optional.of("e-1"));
    assertThat(packet.text().payloadText()).isEqualTo("451-/ns,[\"a\",1,\"e-1\"]");
    assertThat(packet.length()).isGreaterThan(20);
    List<Frame> frames = new ArrayList<>();
    SimConnection one = new SimConnection(world.loop);
    SimConnection two = new SimConnection(world.loop);
    packet.sendTo(one, Delivery.RELIABLE);
    packet.sendTo(two, Delivery.RELIABLE);
    frames.addAll(one.takeFrames());
    assertThat(frames).hasSize(2);
    assertThat(two.takeFrames()).as("the very same frames").containsExactlyElementsOf(frames);
  }

  @Test
  void fiveThousandNamespacesComeAndGoAndLeaveNothing() {
    for (Duration window : List.of(Duration.ZERO, SioWorld.WINDOW)) {
      SioWorld dynamic = new SioWorld(window);
      Recorder application = new Recorder();
      dynamic.server.namespaces(name -> name.startsWith("/room/") ? Optional.of(application) : Optional.empty());
      application.on("disconnected", socket -> socket.namespace().emit(Payload.of("nobody is left")));
      for (int i = 0; i < 5_000; i++) {
        String name = "/room/" + i;
        Link link = dynamic.link().say("0" + name + ",");
        dynamic.loop.run(() -> {
          application.last().join("x");
          dynamic.namespace(name).emit(Payload.of("hello"));
        });
        assertThat(dynamic.server.find(name)).isPresent();
        if (i % 3 == 0) {
          link.say("1" + name + ",");
          assertThat(dynamic.server.find(name)).isEmpty();
        }
        if (i % 3 == 1) {
          dynamic.loop.run(application.last()::disconnect);
          assertThat(dynamic.server.find(name)).isEmpty();
        }
        link.cut();
        application.sockets.clear();
      }
      if (!window.isZero()) {
        assertThat(dynamic.figure("interruptedSockets")).isEqualTo(5_000 / 3);
        assertThat(dynamic.figure("namespaces")).isEqualTo(5_000 / 3);
      }
      dynamic.loop.pass(window);
      assertThat(dynamic.figure("namespaces")).isZero();
      assertThat(dynamic.server.find("/room/2")).isEmpty();
      assertThat(application.heard.stream().filter(what -> what.startsWith("disconnected"))).hasSize(5_000);
      dynamic.isEmpty();
    }
  }

  @Test
  void aNamespaceByRuleIsTheSameForAllAndGoesWithTheLast() {
    Recorder application = new Recorder();
    world.server.namespaces(name -> name.startsWith("/room/") ? Optional.of(application) : Optional.empty());
    Link one = world.link().say("0/room/1,");
    Link two = world.link().say("0/room/1,", "0/room/2,");
    assertThat(world.figure("namespaces")).isEqualTo(3);
    assertThat(world.namespace("/room/1").size()).isEqualTo(2);
    one.say("1/room/1,");
    assertThat(world.namespace("/room/1").size()).isEqualTo(1);
    application.refusal = Optional.of("no");
    one.say("0/room/3,", "0/elsewhere,");
    assertThat(world.figure("namespaces")).as("a refusal makes none").isEqualTo(3);
    two.cut();
    assertThat(world.figure("namespaces")).isEqualTo(1);
    application.refusal = Optional.empty();
    application.on("connected", socket -> {
      throw SioWorld.failure();
    });
    one.say("0/room/4,");
    assertThat(world.figure("namespaces")).isEqualTo(1);
    assertThat(world.server.find("/")).as("one that is offered by name stays").isPresent();
  }
}
