package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One session: namespaces, events, acknowledgements, attachments, and what only its client pays for. */
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

  // ---- Events and acknowledgements

  @Test
  void eventsBothWays() {
    Link link = connected();
    link.say("2['chat',{'a':[1,2]},null,'ü😀']");
    assertThat(main.take()).containsExactly("event chat[{\"a\":[1,2]}, null, \"ü😀\"]");
    run(() -> main.last().emit(Payload.of("say \"hi\"", json("{'b':1}"), json("2"))));
    run(() -> main.last().emitVolatile(Payload.of("now")));
    assertThat(link.take()).containsExactly("2[\"say \\\"hi\\\"\",{\"b\":1},2]", "2[\"now\"]");
  }

  @Test
  void theServerAnswersOnce() {
    Link link = connected();
    link.say("20['ask']", "2/custom,1['ask']", "2['tell']");
    Event ask = main.events.getFirst();
    assertThat(ask.wantsAck()).isTrue();
    run(() -> {
      ask.ack(json("'yes'"), json("{'n':1}"));
      ask.ack(json("'no'"));
      main.events.getLast().ack(json("'nobody asked'"));
    });
    assertThat(link.take()).containsExactly("30[\"yes\",{\"n\":1}]");
    assertThat(ask.wantsAck()).isFalse();
    link.say("0/custom,", "2/custom,12['ask']").take();
    run(() -> custom.events.getLast().ack());
    assertThat(link.take()).containsExactly("3/custom,12[]");
    link.say("27['ask']").cut();
    run(() -> main.events.getLast().ack(json("1")));
    assertThat(link.take()).isEmpty();
  }

  private final List<String> answers = new ArrayList<>();

  private void ask(Socket socket, String name, Duration timeout) {
    run(() -> socket.emitWithAck(Payload.of(name), timeout, new AckListener() {
      @Override
      public void acknowledged(List<RawJson> arguments, List<byte[]> attachments) {
        answers.add(name + arguments + attachments.stream().map(Arrays::toString).toList());
      }

      @Override
      public void missing() {
        answers.add(name + " missing");
      }
    }));
  }

  @Test
  void theClientAnswersOnceOrInTimeOrNotAtAll() {
    Link link = connected();
    int timers = world.loop.timers();
    ask(main.last(), "a", Duration.ofSeconds(5));
    ask(main.last(), "b", Duration.ofSeconds(5));
    ask(main.last(), "c", Duration.ofSeconds(9));
    assertThat(link.take()).containsExactly("20[\"a\"]", "21[\"b\"]", "22[\"c\"]");
    link.say("31['x',1]", "31['again']", "399['what?']", "3999999999999999[]");
    assertThat(answers).containsExactly("b[\"x\", 1][]");
    world.loop.passMillis(5_000);
    link.say("30['late']");
    assertThat(answers).containsExactly("b[\"x\", 1][]", "a missing");
    link.say("61-2[{'_placeholder':true,'num':0}]").binary((byte) 7, (byte) 8);
    assertThat(answers.getLast()).isEqualTo("c[{\"_placeholder\":true,\"num\":0}][[7, 8]]");
    assertThat(world.loop.timers()).isEqualTo(timers);
    ask(main.last(), "d", Duration.ofHours(5));
    ask(main.last(), "e", Duration.ofHours(5));
    link.cut();
    assertThat(answers.subList(3, 5)).containsExactlyInAnyOrder("d missing", "e missing");
    ask(main.last(), "f", Duration.ofHours(5));
    assertThat(answers.getLast()).isEqualTo("f missing");
    world.isEmpty();
  }

  @Test
  void whoNeverAnswersIsNotWaitedForWithoutEnd() {
    Link link = connected();
    for (int i = 0; i < 1_001; i++) {
      ask(main.last(), "q" + i, Duration.ofHours(1));
    }
    assertThat(answers).containsExactly("q1000 missing");
    link.say("31000[]", "30[]");
    assertThat(answers).containsExactly("q1000 missing", "q0[][]");
  }

  @Test
  void aListenerThatFailsKeepsTheEndFromNobody() {
    Link link = connected();
    run(() -> main.last().emitWithAck(Payload.of("x"), Duration.ofHours(1), new AckListener() {
      @Override
      public void acknowledged(List<RawJson> arguments, List<byte[]> attachments) {
        answers.add("no");
      }

      @Override
      public void missing() {
        throw SioWorld.failure();
      }
    }));
    ask(main.last(), "a", Duration.ofHours(1));
    link.cut();
    assertThat(answers).containsExactly("a missing");
    assertThat(main.take()).containsExactly("disconnected TRANSPORT_CLOSE");
    world.isEmpty();
  }

  // ---- Attachments

  @Test
  void attachmentsBothWays() {
    Link link = connected();
    link.say("52-7['file',{'_placeholder':true,'num':1},{'x':{'_placeholder':true,'num':0}}]").binary((byte) 1).binary();
    assertThat(main.take()).containsExactly("event file[{\"_placeholder\":true,\"num\":1}, {\"x\":{\"_placeholder\":true,\"num\":0}}][[1], []]");
    run(() -> main.events.getLast().ack(List.of(json("{'_placeholder':true,'num':0}")), List.of(new byte[] {5, 6})));
    assertThat(link.take()).containsExactly("61-7[{\"_placeholder\":true,\"num\":0}]", "[5, 6]");
    run(() -> main.last().emit(Payload.of("back", main.events.getLast().arguments(), main.events.getLast().attachments())));
    assertThat(link.take()).containsExactly("52-[\"back\",{\"_placeholder\":true,\"num\":1},{\"x\":{\"_placeholder\":true,\"num\":0}}]", "[1]", "[]");
    assertThat(world.figure("waitingAttachmentBytes")).isZero();
  }

  @Test
  void attachmentsThatNobodyAnnouncedOrTextInBetween() {
    connected().binary((byte) 1);
    assertThat(main.take()).containsExactly("disconnected PARSE_ERROR");
    connected().say("51-['a']").binary((byte) 1).binary((byte) 2);
    assertThat(main.take()).containsExactly("event a[][[1]]", "disconnected PARSE_ERROR");
    Link link = connected().say("52-['a']").binary((byte) 1).say("2['b']");
    assertThat(main.take()).containsExactly("disconnected PARSE_ERROR");
    assertThat(link.isOpen()).isFalse();
    world.isEmpty();
  }

  @Test
  void attachmentsThatAreTooLongTogether() {
    Link link = connected().say("52-['a']").binary(new byte[SioWorld.MAX_PAYLOAD - 1]);
    assertThat(link.isOpen()).isTrue();
    link.binary((byte) 1);
    assertThat(main.take()).hasSize(1).first().asString().startsWith("event a");
    link.say("53-['a']").binary(new byte[SioWorld.MAX_PAYLOAD]).binary();
    assertThat(link.isOpen()).isTrue();
    link.binary((byte) 1);
    assertThat(main.take()).containsExactly("disconnected PARSE_ERROR");
    world.isEmpty();
  }

  @Test
  void attachmentsThatNeverCome() {
    Link quick = connected();
    Link link = connected().say("52-['a','" + "x".repeat(1_000) + "']").binary(new byte[500]);
    assertThat(world.figure("waitingAttachmentBytes")).isBetween(1_500L, 2_000L);
    quick.say("51-['q']");
    world.loop.passMillis(94_000);
    quick.binary((byte) 1);
    assertThat(link.isOpen()).isTrue();
    world.loop.passMillis(2_000);
    assertThat(link.isOpen()).as("what was announced must be on its way").isFalse();
    assertThat(quick.isOpen()).isTrue();
    assertThat(world.figure("waitingAttachmentBytes")).isZero();
    connected().say("51-['a']").cut();
    assertThat(world.figure("waitingAttachmentBytes")).isZero();
    quick.cut();
    world.isEmpty();
  }

  @Test
  void manyWhoHoldTheirAttachmentsBackCannotTakeAllMemory() {
    SioWorld wide = new SioWorld(Duration.ZERO, 4_000_000, 10_000_000);
    Recorder application = wide.offer("/");
    long bound = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      links.add(wide.link().say("0", "52-['a']").binary(new byte[3_000_000]));
    }
    assertThat(wide.figure("waitingAttachmentBytes")).isBetween(bound - 3_000_000, bound);
    assertThat(links.getLast().isOpen()).isFalse();
    assertThat(links.getFirst().binary((byte) 1).isOpen()).isTrue();
    assertThat(application.events).hasSize(1);
    links.forEach(Link::cut);
    wide.isEmpty();
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
