package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One session: its namespaces, its carriers, its end, and what only its client pays for. */
class SocketIoSessionTest {
  private final SioWorld world = new SioWorld();
  private final Recorder main = world.offer("/");
  private final Recorder custom = world.offer("/custom");

  private Link connected() {
    Link link = world.link().say("0");
    link.take();
    main.take();
    return link;
  }

  private void run(Runnable task) {
    world.loop.run(task);
  }

  private static RawJson json(String text) {
    return RawJson.of(Json.quoted(text));
  }

  // ---- Namespaces

  @Test
  void connectsAndLeaves() {
    Link link = world.link().say("0{'token':'x'}");
    assertThat(link.take()).containsExactly("0{\"sid\":\"" + main.last().id() + "\"}");
    assertThat(main.take()).containsExactly("connected {\"token\":\"x\"}");
    link.say("1");
    assertThat(main.take()).containsExactly("disconnected CLIENT_LEFT");
    assertThat(main.last().isConnected()).isFalse();
    assertThat(link.isOpen()).as("it may go to another namespace").isTrue();
    link.say("0/custom,");
    assertThat(link.take()).containsExactly("0/custom,{\"sid\":\"" + custom.last().id() + "\"}");
    assertThat(custom.last().id()).isNotEqualTo(main.last().id());
    link.cut();
    assertThat(custom.take()).containsExactly("connected", "disconnected TRANSPORT_CLOSE");
    world.isEmpty();
  }

  @Test
  void whatIsNotOfferedIsRefusedAndTheSessionLivesOn() {
    Link link = world.link().say("0/none,", "0/custom/,{'a':1}");
    assertThat(link.take()).containsExactly("4/none,{\"message\":\"Invalid namespace\"}", "4/custom/,{\"message\":\"Invalid namespace\"}");
    custom.refusal = Optional.of("Not \"you\"");
    assertThat(link.say("0/custom,").take()).containsExactly("4/custom,{\"message\":\"Not \\\"you\\\"\"}");
    assertThat(custom.take()).isEmpty();
    assertThat(link.say("0").take()).hasSize(1);
    assertThat(world.figure("pendingSessions")).isZero();
  }

  @Test
  void oneSessionCarriesSeveralNamespacesButNotManyAndNoneTwice() {
    List.of("/a", "/b", "/c", "/d").forEach(world::offer);
    Link link = world.link().say("0", "0/a,", "0/b,", "0/c,", "0/d,");
    assertThat(link.take()).hasSize(SioWorld.MAX_NAMESPACES);
    assertThat(link.say("0/custom,").take()).containsExactly("4/custom,{\"message\":\"Too many namespaces\"}");
    link.say("1/a,", "0/custom,", "2/custom,['x']", "2['y']");
    assertThat(link.take()).hasSize(1);
    assertThat(custom.take()).containsExactly("connected", "event x[]");
    assertThat(main.take()).containsExactly("connected", "event y[]");
    Link other = connected();
    link.say("0/custom,");
    assertThat(link.isOpen()).as("connecting twice is no packet of the protocol").isFalse();
    assertThat(custom.take()).containsExactly("disconnected PARSE_ERROR");
    assertThat(main.take()).containsExactly("disconnected PARSE_ERROR");
    assertThat(other.isOpen()).isTrue();
  }

  @Test
  void whoEntersNoNamespaceInTimeIsSentAway() {
    Link link = world.link();
    world.loop.pass(SioWorld.CONNECT_TIMEOUT.minusMillis(1));
    link.say("0/none,");
    assertThat(link.isOpen()).isTrue();
    world.loop.passMillis(1);
    assertThat(link.isOpen()).as("a refusal is no entrance").isFalse();
    world.isEmpty();
  }

  @Test
  void theSameHoldsBehindTheLastNamespace() {
    Link link = world.link().say("0");
    world.loop.pass(SioWorld.CONNECT_TIMEOUT.multipliedBy(3));
    assertThat(link.isOpen()).isTrue();
    link.say("0/custom,", "1");
    world.loop.pass(SioWorld.CONNECT_TIMEOUT);
    assertThat(link.isOpen()).isTrue();
    link.say("1/custom,");
    world.loop.pass(SioWorld.CONNECT_TIMEOUT.minusMillis(1));
    assertThat(link.isOpen()).isTrue();
    world.loop.passMillis(1);
    assertThat(link.isOpen()).isFalse();
    world.isEmpty();
  }

  @Test
  void whatIsForANamespaceThatWasLeftMeansNothing() {
    Link link = connected();
    link.say("2/custom,['x']", "2/none,1['x']", "3/custom,1[]", "1/custom,", "1/none,", "51-/custom,['x',{'_placeholder':true,'num':0}]").binary((byte) 1);
    assertThat(custom.take()).isEmpty();
    assertThat(link.take()).isEmpty();
    assertThat(link.isOpen()).isTrue();
    assertThat(world.figure("waitingAttachmentBytes")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "7", "2{}", "2['connect']", "2abc['message']", "4{'message':'x'}", "1{}", "51['x']", "54-['x']", "51-['x',{'_placeholder':true,'num':1}]", "0"})
  void whatIsNoPacketClosesOnlyTheOffender(String packet) {
    Link other = connected();
    Link link = connected();
    link.say(packet);
    assertThat(link.isOpen()).isFalse();
    assertThat(main.take()).containsExactly("disconnected PARSE_ERROR");
    assertThat(other.isOpen()).isTrue();
    run(() -> assertThat(world.namespace("/").emit(Payload.of("still"))).isEqualTo(1));
    assertThat(other.take()).containsExactly("2[\"still\"]");
  }

  // ---- The server sends away

  @Test
  void sentAwayBehindWhatWasSentBefore() {
    Link link = connected();
    link.say("0/custom,").take();
    run(() -> {
      world.namespace("/").emit(Payload.of("to-all"));
      main.last().emit(Payload.of("last"));
      main.last().disconnect();
      main.last().emit(Payload.of("too-late"));
      world.namespace("/").emit(Payload.of("too-late"));
      assertThat(main.heard).as("told later").isEmpty();
    });
    assertThat(link.take()).containsExactly("2[\"to-all\"]", "2[\"last\"]", "1");
    assertThat(main.take()).containsExactly("disconnected SERVER_LEFT");
    assertThat(link.isOpen()).as("the other namespace goes on").isTrue();
    run(() -> {
      custom.last().emit(Payload.of("bye"));
      custom.last().disconnect();
      custom.last().disconnect();
    });
    assertThat(link.take()).containsExactly("2/custom,[\"bye\"]", "1/custom,");
    assertThat(custom.take()).containsExactly("connected", "disconnected SERVER_LEFT");
    endsSoon(link);
  }

  /** A client that has no namespace any more may still read why, or go to another one. */
  private void endsSoon(Link link) {
    assertThat(link.isOpen()).isTrue();
    world.loop.passMillis(1_000);
    assertThat(link.isOpen()).isFalse();
    world.isEmpty();
  }

  @Test
  void whoIsSentAwayMayGoToAnotherNamespace() {
    Link link = connected();
    run(main.last()::disconnect);
    link.say("0/custom,");
    world.loop.passMillis(2_000);
    assertThat(link.isOpen()).isTrue();
    link.say("0", "1/custom,");
    run(main.last()::disconnect);
    endsSoon(link);
  }

  @Test
  void sentAwayWhileItConnects() {
    main.on("connected", socket -> {
      socket.emit(Payload.of("no"));
      socket.disconnect();
    });
    Link link = world.link().say("0");
    assertThat(link.take()).containsExactly("0{\"sid\":\"" + main.last().id() + "\"}", "2[\"no\"]", "1");
    assertThat(main.take()).containsExactly("connected", "disconnected SERVER_LEFT");
    endsSoon(link);
  }

  @Test
  void sentAwayWithinAnEventAndFromWithinTheEndOfAnother() {
    Link link = connected();
    link.say("0/custom,").take();
    custom.take();
    main.on("event", Socket::disconnect).on("disconnected", socket -> custom.last().disconnect());
    link.say("2['x']", "2['y']");
    assertThat(main.take()).containsExactly("event x[]", "disconnected SERVER_LEFT");
    assertThat(custom.take()).containsExactly("disconnected SERVER_LEFT");
    assertThat(link.take()).containsExactly("1", "1/custom,");
    endsSoon(link);
  }

  @Test
  void oneSocketOfABrokenSessionMayEndTheOthers() {
    Link link = connected();
    link.say("0/custom,");
    main.on("disconnected", socket -> custom.last().disconnect());
    custom.on("disconnected", socket -> main.last().disconnect());
    custom.take();
    link.cut();
    assertThat(main.heard).hasSize(1).first().asString().startsWith("disconnected");
    assertThat(custom.heard).hasSize(1).first().asString().startsWith("disconnected");
    world.isEmpty();
  }

  @Test
  void aHandlerThatFailsCostsOnlyThisClient() {
    Link other = connected();
    for (String where : List.of("refusal", "connected", "event", "disconnected")) {
      main.on(where, socket -> {
        throw SioWorld.failure();
      });
      Link link = world.link().say("0", "2['x']");
      link.cut();
      assertThat(link.isOpen()).as(where).isFalse();
      assertThat(main.take()).as(where).isEqualTo(switch (where) {
        case "refusal" -> List.of();
        case "connected" -> List.of("connected", "disconnected FORCED");
        case "event" -> List.of("connected", "event x[]", "disconnected FORCED");
        default -> List.of("connected", "event x[]", "disconnected TRANSPORT_CLOSE");
      });
      main.reactions.clear();
      assertThat(world.figure("sockets")).as(where).isEqualTo(1);
    }
    assertThat(other.isOpen()).isTrue();
  }

  @Test
  void aRuleThatFailsCostsOnlyThisClient() {
    SioWorld dynamic = new SioWorld();
    dynamic.server.namespaces(name -> {
      throw SioWorld.failure();
    });
    Link link = dynamic.link().say("0/x,");
    assertThat(link.isOpen()).isFalse();
    dynamic.isEmpty();
  }

  // ---- Polling

  @Test
  void allOfItByPollingAndOverAnUpgrade() {
    SioWorld.Poller poller = world.new Poller();
    poller.post("40", "40/custom,{'a':1}", "420['ask',1]");
    assertThat(poller.poll()).containsExactly("40{\"sid\":\"" + main.last().id() + "\"}", "40/custom,{\"sid\":\"" + custom.last().id() + "\"}");
    run(() -> main.events.getLast().ack(json("2")));
    run(() -> custom.last().join("room"));
    run(() -> custom.last().emit(Payload.of("bin", List.of(json("{'_placeholder':true,'num':0}")), List.of(new byte[] {1, 2, 3}))));
    assertThat(poller.poll()).containsExactly("430[2]", "451-/custom,[\"bin\",{\"_placeholder\":true,\"num\":0}]", "bAQID");
    poller.post("451-['up']", "bAQI=");
    assertThat(main.take()).containsExactly("connected", "event ask[1]", "event up[][[1, 2]]");
    run(() -> world.namespace("/custom").emit(Payload.of("before")));
    Link link = poller.upgrade();
    run(() -> {
      world.namespace("/custom").broadcast().to("room").emit(Payload.of("room"));
      world.namespace("/").emit(Payload.of("all"));
    });
    assertThat(link.take()).containsExactly("2/custom,[\"before\"]", "2/custom,[\"room\"]", "2[\"all\"]");
    link.cut();
    assertThat(custom.take()).containsExactly("connected {\"a\":1}", "disconnected TRANSPORT_CLOSE");
    run(() -> assertThat(world.namespace("/custom").broadcast().to("room").emit(Payload.of("nobody"))).isZero());
    world.isEmpty();
  }

  // ---- Protocol 4, of clients of Engine.IO 3

  @Test
  void oldClientsAreInTheMainNamespaceAtOnce() {
    Link link = world.oldLink();
    String sid = link.sid();
    assertThat(link.take()).containsExactly("0");
    assertThat(main.take()).containsExactly("connected");
    assertThat(main.last().id()).isEqualTo(sid);
    assertThat(main.last().isOld()).isTrue();
    link.say("0/custom?token=x,");
    assertThat(link.take()).containsExactly("0/custom,");
    assertThat(custom.last().id()).isEqualTo("/custom#" + sid);
    link.say("0/none");
    assertThat(link.take()).containsExactly("4/none,\"Invalid namespace\"");
    link.say("20['ask']", "2/custom,['x']");
    run(() -> main.events.getLast().ack(json("1")));
    run(() -> custom.last().emit(Payload.of("hi")));
    assertThat(link.take()).containsExactly("30[1]", "2/custom,[\"hi\"]");
    link.say("1/custom");
    assertThat(custom.take()).containsExactly("connected", "event x[]", "disconnected CLIENT_LEFT");
    link.cut();
    assertThat(main.take()).containsExactly("event ask[]", "disconnected TRANSPORT_CLOSE");
    world.isEmpty();
  }

  @Test
  void anOldClientThatIsGoneBeforeItsSessionBeganLeavesNothing() {
    world.loop.run(() -> {
      Link link = world.oldLink();
      link.cut();
    });
    assertThat(main.heard.stream().filter("connected"::equals).count()).isEqualTo(main.heard.stream().filter(what -> what.startsWith("disconnected")).count());
    world.isEmpty();
  }

  @Test
  void theServerStops() {
    Link link = connected();
    world.server.drain();
    world.loop.run();
    assertThat(main.take()).containsExactly("disconnected SHUTTING_DOWN");
    assertThat(link.isOpen()).isFalse();
    world.isEmpty();
  }
}
