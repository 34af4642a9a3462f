package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimLoop;
import dev.roost.sim.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients that take what they can get: what they may have, and that others have their share. */
class SocketIoBoundsTest {
  private final SioWorld world = new SioWorld();
  private final SioWorld.Recorder main = world.offer("/");

  @Test
  void whoAsksForNamespacesAgainAndAgainIsClosedAtLast() {
    main.refusal = Optional.of("No");
    SioWorld.Link link = world.linkFrom("192.0.2.7");
    int asked = 0;
    for (; link.isOpen() && asked < 50_000; asked++) {
      link.say("0");
      link.take();
      if (asked % 1_000 == 0) {
        // Within the bound on packets.
        world.loop.passMillis(200);
      }
    }
    assertThat(asked).as("what any honest client would ever ask for").isBetween(10_000, 20_000);
    assertThat(world.linkFrom("192.0.2.7").say("0").isOpen()).as("it is the address that counts").isFalse();
    assertThat(world.linkFrom("192.0.2.8").say("0").take()).containsExactly("44{\"message\":\"No\"}".substring(1));
    world.loop.passMillis(1_000);
    assertThat(world.linkFrom("192.0.2.7").say("0").isOpen()).isTrue();
  }

  @Test
  void aSessionThatLeftItsNamespacesCountsAsOneWithoutAgain() {
    SioWorld.Poller poller = world.new Poller();
    assertThat(world.figure("pendingSessions")).isEqualTo(1);
    poller.post("40");
    assertThat(world.figure("pendingSessions")).isZero();
    poller.post("41");
    assertThat(world.figure("pendingSessions")).isEqualTo(1);
    poller.post("40", "41", "40");
    assertThat(world.figure("pendingSessions")).isZero();
    poller.post("1");
    assertThat(world.figure("pendingSessions")).isZero();
  }

  @Test
  void whoseNamespacesAreNoneHasASmallQueueOnly() {
    SioWorld wide = new SioWorld(Duration.ZERO, 1_000_000, 4 << 20);
    wide.offer("/").refusal = Optional.of("No");
    SioWorld.Poller poller = wide.new Poller();
    poller.post(IntStream.range(0, 300).mapToObj(i -> "40").toArray(String[]::new));
    wide.loop.passMillis(10);
    assertThat(wide.figure("sessions")).isEqualTo(1);
    poller.post(IntStream.range(0, 300).mapToObj(i -> "40").toArray(String[]::new));
    wide.loop.passMillis(10_000);
    assertThat(wide.figure("sessions")).isZero();
  }

  @Test
  void thousandsOfPacketsOfOneAreWorkedOnInTurnWithOthers() {
    SioWorld.Poller greedy = world.new Poller();
    greedy.post("40");
    SioWorld.Link other = world.link().say("0");
    main.take();
    world.loop.passMillis(10);
    greedy.queue(IntStream.range(0, 450).mapToObj(i -> "42['n'," + i + "]").toArray(String[]::new));
    greedy.queue("42['n',450]", "1");
    world.loop.execute(() -> other.queue("2['other']"));
    world.loop.run();
    List<String> heard = main.take();
    assertThat(heard.indexOf("event other[]")).isBetween(50, 250);
    assertThat(heard.stream().filter(what -> what.startsWith("event n")).toList()).isEqualTo(IntStream.rangeClosed(0, 450).mapToObj(i -> "event n[" + i + "]").toList());
    assertThat(heard.getLast()).isEqualTo("disconnected TRANSPORT_CLOSE");
  }

  @Test
  void attachmentsThatNobodyWillReadAreNotKept() {
    SioWorld.Link link = world.link().say("52-/nowhere,['x',{'_placeholder':true,'num':0},{'_placeholder':true,'num':1}]").binary(new byte[5_000]);
    assertThat(world.figure("waitingAttachmentBytes")).isZero();
    link.binary(new byte[1]).say("0", "2['next']");
    assertThat(main.take()).containsExactly("connected", "event next[]");
    link.say("51-/nowhere,['x',{'_placeholder':true,'num':0}]").binary(new byte[SioWorld.MAX_PAYLOAD + 1]);
    assertThat(link.isOpen()).isFalse();
  }

  @Test
  void aFullMemoryIsGivenBackByTheLogThatHasMost() {
    SimLoop loop = new SimLoop();
    EventLog.Memory memory = new EventLog.Memory(20_000);
    EventLog small = new EventLog(loop, "a", Duration.ofMinutes(1), Duration.ofMinutes(1), memory);
    EventLog large = new EventLog(loop, "b", Duration.ofMinutes(1), Duration.ofMinutes(1), memory);
    Encoded packet = Encoded.event("/", Packet.NO_ID, Payload.of("x"), Optional.empty());
    small.keep(small.next(), Target.EVERYBODY, packet);
    for (int i = 0; i < 1_000; i++) {
      large.keep(large.next(), Target.EVERYBODY, packet);
    }
    small.keep(small.next(), Target.EVERYBODY, packet);
    assertThat(small.first()).isEqualTo(1);
    assertThat(large.first()).isGreaterThan(900);
    assertThat(memory.used()).isLessThanOrEqualTo(20_000);
    small.end();
    large.end();
    assertThat(memory.used()).isZero();
  }

  @Test
  void aSocketIsTakenBackOnlyByWhomTheApplicationKnows() {
    SioWorld recovering = new SioWorld(SioWorld.WINDOW);
    SioWorld.Recorder application = recovering.offer("/");
    application.mayClaim = false;
    SioWorld.Link link = recovering.link();
    link.take();
    Json accepted = Json.parse(link.say("0").take().getFirst().substring(1));
    String claim = "0{'pid':'" + accepted.at("pid").text() + "'}";
    SioWorld.Link thief = recovering.linkFrom("192.0.2.9").say(claim);
    assertThat(thief.take()).last().asString().doesNotContain(accepted.at("sid").text());
    assertThat(link.isOpen()).as("the owner goes on").isTrue();
    link.cut();
    recovering.linkFrom("192.0.2.9").say(claim);
    assertThat(application.take()).containsExactly("connected", "connected", "interrupted", "connected");
    assertThat(recovering.link().say(claim).take()).last().asString().contains(accepted.at("sid").text());
  }
}
