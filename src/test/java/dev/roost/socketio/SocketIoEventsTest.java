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
import org.junit.jupiter.api.Test;

/** Events, acknowledgements and attachments of one session, both ways. */
class SocketIoEventsTest {
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
}
