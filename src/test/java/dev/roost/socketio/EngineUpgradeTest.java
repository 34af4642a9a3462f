package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.sim.SimLoop;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From polling to a WebSocket: nothing is lost on the way, and nothing comes twice. */
class EngineUpgradeTest {
  private final EngineEdge edge = new EngineEdge();
  private final String id = edge.open();
  private final EngineEdge.Guest guest = edge.guest();

  @Test
  void aSessionMovesToAWebSocket() {
    EngineEdge.Answer poll = edge.poll(id);
    EngineEdge.Socket socket = edge.socketOf(id);
    assertThat(socket.take()).as("no handshake").isEmpty();
    assertThat(poll.isWaiting()).isTrue();
    socket.text("2probe");
    assertThat(socket.take()).containsExactly("3probe");
    assertThat(poll.text()).isEqualTo("6");
    socket.text("5");
    assertThat(guest.heard).containsExactly("moved");
    assertThat(guest.socket.connection()).isSameAs(socket.connection);
    socket.text("4hello");
    guest.say("hi");
    assertThat(guest.heard).containsExactly("moved", "hello");
    assertThat(socket.take()).containsExactly("4hi");
    assertThat(edge.figures()).containsEntry("upgrades", 1L).containsEntry("sessions", 1);
  }

  @Test
  void whatWaitsGoesOnWithTheWebSocket() {
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    guest.say("one");
    guest.say((byte) 1);
    guest.say("x".repeat(1_500));
    socket.take();
    socket.text("5");
    guest.say("after");
    assertThat(socket.take()).containsExactly("4one", "[1]", "4" + "x".repeat(1_500), "4after");
  }

  @Test
  void whatAnAnswerHadNoPlaceForGoesOnWithTheWebSocket() {
    guest.say("a".repeat(800));
    guest.say("b".repeat(800));
    guest.say("c");
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    socket.take();
    assertThat(edge.poll(id).text()).isEqualTo("4" + "a".repeat(800));
    socket.text("5");
    assertThat(socket.take()).containsExactly("4" + "b".repeat(800), "4c");
  }

  @Test
  void pollingGoesOnUntilTheLastStep() {
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    EngineEdge.Answer poll = edge.poll(id);
    guest.say("by the poll");
    assertThat(poll.text()).isEqualTo("4by the poll");
    assertThat(edge.post(id, "4by post").text()).isEqualTo("ok");
    socket.text("5");
    assertThat(guest.heard).containsExactly("by post", "moved");
  }

  @Test
  void aGetDuringAnUpgradeDoesNotHoldItUp() {
    edge.socketOf(id).text("2probe");
    EngineEdge.Answer poll = edge.poll(id);
    edge.pass(99);
    assertThat(poll.isWaiting()).isTrue();
    edge.pass(1);
    assertThat(poll.text()).isEqualTo("6");
    EngineEdge.Answer next = edge.poll(id);
    guest.say("a");
    assertThat(next.text()).isEqualTo("4a");
    EngineEdge.Answer third = edge.poll(id);
    edge.pass(99);
    assertThat(third.isWaiting()).as("its own time, not that of the one before").isTrue();
  }

  @Test
  void aGetThatHasOvertakenTheProbeWaitsForTheLastStepForAMoment() {
    EngineEdge.Socket socket = edge.socketOf(id);
    EngineEdge.Answer poll = edge.poll(id);
    edge.pass(100);
    assertThat(poll.isWaiting()).isTrue();
    socket.text("2probe");
    edge.pass(99);
    assertThat(poll.isWaiting()).isTrue();
    edge.pass(1);
    assertThat(poll.text()).isEqualTo("6");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aGetThatHasOvertakenTheLastStepIsRefused(boolean beforeTheProbe) {
    EngineEdge.Socket socket = edge.socketOf(id);
    if (!beforeTheProbe) {
      socket.text("2probe");
    }
    EngineEdge.Answer poll = edge.poll(id);
    if (beforeTheProbe) {
      socket.text("2probe");
    }
    socket.take();
    edge.run(() -> {
      guest.saysNow(Frame.text("4a"), Delivery.RELIABLE);
      socket.accept.receiver().text(new byte[] {'5'});
      guest.saysNow(Frame.text("4b"), Delivery.RELIABLE);
    });
    edge.settle();
    assertThat(poll.fault()).isEqualTo("400 3");
    assertThat(socket.take()).containsExactly("4a", "4b");
    assertThat(guest.ends).isEmpty();
  }

  @Test
  void requestsForASessionThatHasMovedAreRefusedAndDoItNoHarm() {
    EngineEdge.Socket socket = edge.socketOf(id);
    socket.textLater("2probe");
    socket.textLater("5");
    edge.settle();
    assertThat(edge.poll(id).fault()).isEqualTo("400 3");
    assertThat(edge.post(id, "4a").fault()).isEqualTo("400 3");
    assertThat(edge.handshake("EIO=4&transport=websocket&sid=" + id)).isInstanceOf(Handshake.CloseAtOnce.class);
    socket.text("4still here");
    assertThat(guest.heard).containsExactly("moved", "still here");
  }

  @Test
  void onlyOneWebSocketAtATime() {
    EngineEdge.Socket first = edge.socketOf(id);
    EngineEdge.Socket second = edge.socketOf(id);
    assertThat(second.code()).isEqualTo(1008);
    second.closed(CloseReason.LOST);
    first.text("2probe").text("5").text("4a");
    assertThat(guest.heard).containsExactly("moved", "a");
  }

  @Test
  void aWebSocketThatWasOpeningWhileAnotherTookOverIsClosed() {
    EngineEdge apart = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    String sid = apart.open();
    EngineEdge.Socket first = apart.socketOf(sid);
    EngineEdge.Socket late = apart.socketLater("EIO=4&transport=websocket&sid=" + sid);
    first.text("2probe").text("5");
    apart.settle();
    assertThat(late.code()).isEqualTo(1008);
    first.text("4a");
    assertThat(apart.guest().heard).containsExactly("moved", "a");
  }

  @Test
  void aWebSocketForASessionThatHasEndedMeanwhileIsClosed() {
    EngineEdge.Socket late = edge.socketLater("EIO=4&transport=websocket&sid=" + id);
    edge.run(() -> guest.socket.close(EngineClose.TRANSPORT_ERROR));
    edge.settle();
    assertThat(late.code()).isEqualTo(1008);
    late.text("2probe");
    assertThat(late.take()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "4a", "2", "probe", "", "2probe2"})
  void anUpgradeThatBeginsWithSomethingElseIsNone(String packet) {
    EngineEdge.Socket socket = edge.socketOf(id).text(packet);
    assertThat(socket.code()).isEqualTo(1008);
    assertThat(guest.heard).isEmpty();
    pollingGoesOn();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2probe", "4a", "3", "1", "55"})
  void anUpgradeThatEndsWithSomethingElseIsNone(String packet) {
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe").text(packet);
    assertThat(socket.code()).isEqualTo(1008);
    assertThat(guest.heard).isEmpty();
    pollingGoesOn();
  }

  @Test
  void anUpgradeWithABinaryMessageIsNone() {
    EngineEdge.Socket socket = edge.socketOf(id).binary((byte) 1);
    assertThat(socket.code()).isEqualTo(1008);
    pollingGoesOn();
  }

  @Test
  void anUpgradeThatIsNeverFinishedEnds() {
    EngineEdge slow = new EngineEdge(new EngineOptions(Duration.ofSeconds(25), Duration.ofSeconds(20), EngineEdge.UPGRADE_TIMEOUT, 1_000, 5_000, false,
        new EngineOptions.Cors("*", false), AllowedOrigins.ALL, 10, 10));
    String sid = slow.open();
    EngineEdge.Socket socket = slow.socketOf(sid).text("2probe");
    slow.pass(999);
    assertThat(socket.isOpen()).isTrue();
    slow.pass(1);
    assertThat(socket.code()).isEqualTo(1008);
    EngineEdge.Answer poll = slow.poll(sid);
    slow.pass(100);
    assertThat(poll.isWaiting()).as("no upgrade is under way").isTrue();
    socket.closed(CloseReason.LOST);
    EngineEdge.Socket again = slow.socketOf(sid).text("2probe").text("5");
    assertThat(poll.text()).isEqualTo("6");
    slow.pass(2_000);
    assertThat(again.isOpen()).isTrue();
  }

  @Test
  void aWebSocketThatBreaksDuringTheUpgradeTakesNothingWithIt() {
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    socket.closed(CloseReason.LOST);
    pollingGoesOn();
    EngineEdge.Socket second = edge.socketOf(id).text("2probe").text("5");
    assertThat(second.isOpen()).isTrue();
  }

  @Test
  void theEndOfTheSessionEndsTheUpgradeToo() {
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    EngineEdge.Answer poll = edge.poll(id);
    guest.close(EngineClose.FORCED);
    assertThat(poll.text()).isEqualTo("1");
    assertThat(socket.isOpen()).isFalse();
    socket.text("5");
    assertThat(guest.heard).isEmpty();
    edge.pass(6_000);
    assertThat(edge.loop.timers()).isZero();
  }

  @Test
  void framesThatAreStillOnTheirWayToTheOldConnectionArrive() {
    Connection old = guest.socket.connection();
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe").text("5");
    socket.take();
    old.send(Frame.text("4from another loop"));
    edge.settle();
    assertThat(socket.take()).containsExactly("4from another loop");
    edge.run(() -> old.close(CloseReason.GOING_AWAY));
    assertThat(socket.isOpen()).as("it is not its connection any more").isTrue();
  }

  @Test
  void anAnswerWithMessagesThatIsLostOverTheUpgradeEndsTheSession() {
    EngineEdge apart = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    String sid = apart.open();
    EngineEdge.Socket socket = apart.socketOf(sid).text("2probe");
    EngineEdge.Answer poll = apart.poll(sid);
    poll.abandonLater();
    apart.run(() -> apart.guest().saysNow(Frame.text("4gone"), Delivery.RELIABLE));
    socket.text("5");
    apart.settle();
    assertThat(apart.guest().ends).containsExactly(EngineClose.TRANSPORT_CLOSE);
    assertThat(socket.isOpen()).isFalse();
  }

  @Test
  void protocol3MovesToo() {
    String old = edge.openAs("EIO=3");
    EngineEdge.Answer poll = edge.poll(old);
    EngineEdge.Socket socket = edge.socket("EIO=3&transport=websocket&sid=" + old).text("2probe");
    assertThat(socket.take()).containsExactly("3probe");
    assertThat(poll.text()).isEqualTo("1:6");
    edge.guest().say((byte) 7);
    socket.text("5").text("2");
    assertThat(socket.take()).containsExactly("[4, 7]", "3");
  }

  /** A GET, the probe, the last step and two messages in every order that keeps the steps of the WebSocket in theirs. */
  @Test
  void inWhateverOrderThingsHappenEverythingArrivesOnce() {
    List<List<Character>> orders = new ArrayList<>();
    permute(new ArrayList<>(List.of('g', 'G', 'p', 'u', 'a', 'b')), 0, orders);
    int checked = 0;
    for (List<Character> order : orders) {
      if (order.indexOf('p') < order.indexOf('u') && order.indexOf('a') < order.indexOf('b') && order.indexOf('g') < order.indexOf('G')) {
        assertThat(arrivals(order)).as("%s", order).containsExactly("a", "b");
        checked++;
      }
    }
    assertThat(checked).isEqualTo(90);
  }

  private static List<String> arrivals(List<Character> order) {
    EngineEdge world = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    String sid = world.open();
    EngineEdge.Socket socket = world.socketOf(sid);
    List<EngineEdge.Answer> polls = new ArrayList<>();
    for (char step : order) {
      switch (step) {
        // A client does not ask twice at the same time.
        case 'g', 'G' -> {
          if (polls.isEmpty() || !polls.getLast().isWaiting()) {
            polls.add(world.poll(sid));
          }
        }
        case 'p' -> socket.text("2probe");
        case 'u' -> socket.text("5");
        default -> world.guest().say(String.valueOf(step));
      }
    }
    List<String> arrived = new ArrayList<>();
    for (EngineEdge.Answer poll : polls) {
      if (!poll.isWaiting() && poll.status() == 200) {
        arrived.addAll(List.of(poll.text().split("\u001e")));
      }
    }
    arrived.addAll(socket.take());
    return arrived.stream().filter(packet -> packet.startsWith("4")).map(packet -> packet.substring(1)).toList();
  }

  private static void permute(List<Character> steps, int from, List<List<Character>> into) {
    if (from == steps.size()) {
      into.add(List.copyOf(steps));
    }
    for (int i = from; i < steps.size(); i++) {
      Collections.swap(steps, from, i);
      permute(steps, from + 1, into);
      Collections.swap(steps, from, i);
    }
  }

  private void pollingGoesOn() {
    EngineEdge.Answer poll = edge.poll(id);
    edge.pass(100);
    assertThat(poll.isWaiting()).isTrue();
    guest.say("a");
    assertThat(poll.text()).isEqualTo("4a");
    assertThat(guest.ends).isEmpty();
  }
}
