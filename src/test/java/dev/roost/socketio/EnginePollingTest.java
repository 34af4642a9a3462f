package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.sim.SimLoop;
import dev.roost.transport.AllowedOrigins;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long polling: what goes out with which answer, and what ends a session. */
class EnginePollingTest {
  private final EngineEdge edge = new EngineEdge();
  private final String id = edge.open();
  private final EngineEdge.Guest guest = edge.guest();

  private void isOver(EngineClose reason) {
    assertThat(guest.ends).containsExactly(reason);
    assertThat(edge.poll(id).fault()).isEqualTo("400 1");
    assertThat(edge.post(id, "4a").fault()).isEqualTo("400 1");
    assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("pendingSessions", 0);
    assertThat(edge.loop.timers()).as("nothing is left").isZero();
  }

  @Test
  void aGetWaitsForAMessage() {
    EngineEdge.Answer poll = edge.poll(id);
    assertThat(poll.isWaiting()).isTrue();
    guest.say("hello");
    assertThat(poll.text()).isEqualTo("4hello");
    assertThat(poll.response().headers()).containsEntry("Content-Type", "text/plain; charset=UTF-8");
  }

  @Test
  void messagesWaitForAGet() {
    guest.say("one");
    guest.say((byte) 1, (byte) 2, (byte) 3, (byte) 4);
    guest.say("two");
    assertThat(edge.poll(id).text()).isEqualTo("4one\u001ebAQIDBA==\u001e4two");
    assertThat(edge.poll(id).isWaiting()).isTrue();
  }

  @Test
  void whatOneTurnBringsGoesOutTogether() {
    EngineEdge.Answer poll = edge.poll(id);
    edge.run(() -> {
      guest.saysNow(Frame.text("4a"), Delivery.RELIABLE);
      guest.saysNow(Frame.text("4b"), Delivery.RELIABLE);
      edge.loop.execute(() -> guest.saysNow(Frame.text("4c"), Delivery.RELIABLE));
    });
    edge.settle();
    assertThat(poll.text()).isEqualTo("4a\u001e4b");
    assertThat(edge.poll(id).text()).isEqualTo("4c");
  }

  @Test
  void anAnswerHoldsWhatIsAllowedAndAtLeastOneMessage() {
    guest.say("a".repeat(600));
    guest.say("b".repeat(300));
    guest.say("c".repeat(300));
    guest.say("d".repeat(2_000));
    guest.say("e");
    assertThat(edge.poll(id).text()).isEqualTo("4" + "a".repeat(600) + "\u001e4" + "b".repeat(300));
    assertThat(edge.poll(id).text()).isEqualTo("4" + "c".repeat(300));
    assertThat(edge.poll(id).text()).isEqualTo("4" + "d".repeat(2_000));
    assertThat(edge.poll(id).text()).isEqualTo("4e");
  }

  @Test
  void aPostHasSeveralPackets() {
    EngineEdge.Answer answer = edge.post(id, "4test1\u001ebAQI=\u001e4test3 \u20ac\u001e4");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("ok");
    assertThat(answer.response().headers()).containsEntry("Content-Type", "text/html");
    assertThat(guest.heard).containsExactly("test1", "[1, 2]", "test3 \u20ac", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "4a\u001e", "\u001e4a", "4a\u001e\u001e4b", "7", "b$", "4a\u001ebA=B", "4a\u001eb="})
  void whatIsNoPayloadEndsTheSession(String body) {
    assertThat(edge.post(id, body).fault()).isEqualTo("400 3");
    isOver(EngineClose.PARSE_ERROR);
  }

  @Test
  void whatIsNoUtf8EndsTheSession() {
    EngineEdge.Answer answer = edge.request("POST", "EIO=4&transport=polling&sid=" + id, new byte[] {'4', (byte) 0xC3});
    assertThat(answer.fault()).isEqualTo("400 3");
    isOver(EngineClose.PARSE_ERROR);
  }

  @Test
  void aPingOfAClientIsInTheWrongDirection() {
    assertThat(edge.post(id, "2").fault()).isEqualTo("400 3");
    isOver(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void packetsOfNoUseAreOfNoHarm() {
    assertThat(edge.post(id, "0\u001e3\u001e5\u001e6\u001e4a").text()).isEqualTo("ok");
    assertThat(guest.heard).containsExactly("a");
  }

  @Test
  void aBodyThatIsTooLargeEndsTheSession() {
    assertThat(edge.post(id, "4" + "a".repeat(999)).text()).isEqualTo("ok");
    assertThat(edge.post(id, "4" + "a".repeat(1_000)).status()).isEqualTo(413);
    isOver(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void aSecondGetEndsTheSession() {
    EngineEdge.Answer first = edge.poll(id);
    EngineEdge.Answer second = edge.poll(id);
    assertThat(first.text()).isEqualTo("1");
    assertThat(second.fault()).isEqualTo("400 3");
    isOver(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void aGetThatIsAbandonedEndsTheSession() {
    edge.poll(id).abandon();
    isOver(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void aGetThatIsAbandonedBeforeItsAnswerWasWrittenEndsTheSessionToo() {
    SimLoop sockets = new SimLoop();
    EngineEdge apart = new EngineEdge(EngineEdge.OPTIONS, Optional.of(sockets));
    String lost = apart.open();
    EngineEdge.Answer poll = apart.poll(lost);
    poll.abandonLater();
    apart.run(() -> apart.guest().saysNow(Frame.text("4gone"), Delivery.RELIABLE));
    apart.settle();
    assertThat(apart.guest().ends).containsExactly(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void theClientEndsTheSessionAndItsGetIsReleased() {
    EngineEdge.Answer poll = edge.poll(id);
    assertThat(edge.post(id, "4last\u001e1\u001e4too late").text()).isEqualTo("ok");
    assertThat(poll.text()).isEqualTo("6");
    assertThat(guest.heard).containsExactly("last");
    isOver(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void aGetThatItsClosePacketHasOvertakenIsReleasedOnce() {
    guest.say("unheard");
    edge.post(id, "1");
    assertThat(guest.ends).containsExactly(EngineClose.TRANSPORT_CLOSE);
    edge.pass(99);
    assertThat(edge.poll(id).text()).isEqualTo("6");
    isOver(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void aGetThatComesLongAfterTheEndIsRefused() {
    edge.post(id, "1");
    edge.pass(100);
    isOver(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void aSessionThatIsEndedHereAnswersTheGetThatWaits() {
    EngineEdge.Answer poll = edge.poll(id);
    edge.run(() -> {
      guest.saysNow(Frame.text("4bye"), Delivery.RELIABLE);
      guest.socket.close(EngineClose.FORCED);
      guest.socket.close(EngineClose.TRANSPORT_ERROR);
    });
    edge.settle();
    assertThat(poll.text()).as("the end is no news behind which others would be missed").isEqualTo("4bye");
    assertThat(edge.poll(id).text()).isEqualTo("1");
    isOver(EngineClose.FORCED);
  }

  @Test
  void aSessionThatIsEndedHereSaysWhatItHadToSayToTheGetsThatCome() {
    guest.say("a".repeat(900));
    guest.say("b".repeat(900));
    guest.close(EngineClose.FORCED);
    guest.say("not any more");
    assertThat(guest.ends).containsExactly(EngineClose.FORCED);
    assertThat(edge.post(id, "4a").fault()).isEqualTo("400 1");
    assertThat(edge.poll(id).text()).isEqualTo("4" + "a".repeat(900));
    assertThat(edge.poll(id).text()).isEqualTo("4" + "b".repeat(900));
    assertThat(edge.poll(id).text()).isEqualTo("1");
    isOver(EngineClose.FORCED);
  }

  @Test
  void aSessionThatIsEndedHereIsForgottenWhenNobodyAsks() {
    guest.close(EngineClose.FORCED);
    edge.pass(4_999);
    assertThat(edge.figures()).containsEntry("sessions", 1);
    edge.pass(1);
    isOver(EngineClose.FORCED);
  }

  @Test
  void whoKnowsOnlyTheConnectionMayEndItToo() {
    edge.run(() -> guest.socket.connection().close(CloseReason.GOING_AWAY));
    assertThat(edge.poll(id).text()).isEqualTo("1");
    isOver(EngineClose.FORCED);
  }

  @Test
  void whatMayBeDroppedIsDroppedUnlessAGetWaits() {
    guest.say("nobody asks", Delivery.DROPPABLE);
    EngineEdge.Answer poll = edge.poll(id);
    assertThat(poll.isWaiting()).isTrue();
    guest.say("somebody asks", Delivery.DROPPABLE);
    assertThat(poll.text()).isEqualTo("4somebody asks");
  }

  @Test
  void ofWhatIsReplacedTheLatestIsKept() {
    guest.say("old", Delivery.latest("k"));
    guest.say("new", Delivery.latest("k"));
    assertThat(edge.poll(id).text()).isEqualTo("4new");
    assertThat(edge.figures()).containsEntry("pollingFramesDropped", 1L);
  }

  @Test
  void whoDoesNotAskForWhatWaitsIsTooSlow() {
    for (int i = 0; i < 4; i++) {
      guest.say("a".repeat(900));
    }
    assertThat(guest.ends).isEmpty();
    guest.say("a".repeat(900));
    isOver(EngineClose.SLOW_CONSUMER);
  }

  @Test
  void manySmallFramesCountForTheMemoryThatTheyTake() {
    int frames = 0;
    while (guest.ends.isEmpty()) {
      guest.say("a");
      frames++;
    }
    assertThat(frames).isBetween(EngineEdge.MAX_QUEUE / 140, EngineEdge.MAX_QUEUE / 120);
  }

  @Test
  void framesMayComeFromAnyThread() {
    EngineEdge.Answer poll = edge.poll(id);
    guest.socket.connection().send(Frame.text("4from elsewhere"));
    edge.settle();
    assertThat(poll.text()).isEqualTo("4from elsewhere");
  }

  @Test
  void onePostMayHaveOnlySoManyPackets() {
    EngineOptions wide = new EngineOptions(EngineEdge.PING_INTERVAL, EngineEdge.PING_TIMEOUT, EngineEdge.UPGRADE_TIMEOUT, 100_000, 5_000, false, new EngineOptions.Cors("*", false),
        AllowedOrigins.ALL, 9, 9);
    EngineEdge large = new EngineEdge(wide);
    String first = large.open();
    assertThat(large.post(first, "4" + "\u001e4".repeat(9_999)).text()).isEqualTo("ok");
    assertThat(large.post(first, "4").fault()).isEqualTo("400 3");
    String second = large.open();
    assertThat(large.post(second, "4" + "\u001e4".repeat(10_000)).fault()).isEqualTo("400 3");
    assertThat(large.guest().heard).hasSize(10_000);
    assertThat(large.guest().ends).containsExactly(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void aListenerThatFailsEndsItsSessionAndNoOther() {
    String other = edge.open();
    EngineEdge.Guest neighbour = edge.guest();
    guest.failsOn = Optional.of("bad");
    assertThat(edge.post(id, "4good\u001e4bad\u001e4more").fault()).isEqualTo("400 3");
    assertThat(guest.heard).containsExactly("good");
    assertThat(guest.ends).containsExactly(EngineClose.TRANSPORT_ERROR);
    assertThat(edge.post(other, "4fine").text()).isEqualTo("ok");
    assertThat(neighbour.heard).containsExactly("fine");
  }

  @Test
  void aPostIsTextWhateverItIsCalled() {
    EngineEdge.Answer answer = edge.request("POST", "EIO=4&transport=polling&sid=" + id, "4a".getBytes(StandardCharsets.UTF_8), "content-type", "application/octet-stream");
    assertThat(answer.text()).isEqualTo("ok");
    assertThat(guest.heard).containsExactly("a");
  }
}
