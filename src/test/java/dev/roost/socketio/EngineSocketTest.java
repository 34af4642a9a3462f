package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.sim.SimLoop;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions on a WebSocket. */
class EngineSocketTest {
  private final EngineEdge edge = new EngineEdge();
  private final EngineEdge.Socket socket = edge.socket();
  private final EngineEdge.Guest guest = edge.guest();

  EngineSocketTest() {
    socket.take();
  }

  private void isOver(EngineClose reason) {
    assertThat(socket.isOpen()).isFalse();
    assertThat(guest.ends).containsExactly(reason);
    assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("pendingSessions", 0);
    assertThat(edge.loop.timers()).as("nothing is left").isZero();
  }

  @Test
  void messagesGoBothWaysAsTheyAre() {
    socket.text("4hello").binary((byte) 1, (byte) 2).text("bAwQ=").text("4");
    assertThat(guest.heard).containsExactly("hello", "[1, 2]", "[3, 4]", "");
    guest.say("hi");
    guest.say((byte) 9);
    assertThat(socket.take()).containsExactly("4hi", "[9]");
    assertThat(guest.socket.connection()).isSameAs(socket.connection);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "7", "b$"})
  void whatIsNoPacketEndsTheSession(String packet) {
    socket.text(packet).text("4too late");
    assertThat(guest.heard).isEmpty();
    isOver(EngineClose.PARSE_ERROR);
  }

  @Test
  void aPingOfAClientIsInTheWrongDirection() {
    socket.text("2");
    isOver(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void packetsOfNoUseAreOfNoHarm() {
    socket.text("0").text("5").text("6").text("3").text("4a");
    assertThat(guest.heard).containsExactly("a");
  }

  @Test
  void theClientEndsIt() {
    socket.text("4last").text("1").text("4too late");
    assertThat(guest.heard).containsExactly("last");
    isOver(EngineClose.TRANSPORT_CLOSE);
  }

  @ParameterizedTest
  @CsvSource({"1001, TRANSPORT_CLOSE", "1005, TRANSPORT_CLOSE", "1006, TRANSPORT_CLOSE", "1009, TRANSPORT_ERROR", "1002, TRANSPORT_ERROR", "1007, TRANSPORT_ERROR"})
  void theWebSocketEnds(int code, EngineClose reason) {
    socket.closed(new CloseReason(code, ""));
    isOver(reason);
  }

  @Test
  void theTransportFindsTheClientTooSlow() {
    socket.closed(socket.accept.limits().slowConsumer());
    isOver(EngineClose.SLOW_CONSUMER);
  }

  @Test
  void itIsEndedHereBehindWhatWasSent() {
    edge.run(() -> {
      guest.saysNow(Frame.text("4bye"), Delivery.RELIABLE);
      guest.socket.close(EngineClose.FORCED);
      assertThat(guest.ends).as("not within the call").isEmpty();
      guest.socket.close(EngineClose.PARSE_ERROR);
    });
    edge.settle();
    assertThat(socket.take()).containsExactly("4bye");
    assertThat(socket.code()).isEqualTo(1000);
    isOver(EngineClose.FORCED);
    socket.closed(CloseReason.LOST);
    assertThat(guest.ends).hasSize(1);
  }

  @Test
  void aListenerThatFailsEndsItsSession() {
    guest.failsOn = Optional.of("bad");
    socket.text("4bad").text("4more");
    assertThat(guest.heard).isEmpty();
    isOver(EngineClose.TRANSPORT_ERROR);
  }

  @Test
  void aFloodOfPacketsEndsIt() {
    for (int i = 0; i < 10_000; i++) {
      socket.textLater("4");
    }
    edge.settle();
    assertThat(socket.isOpen()).isTrue();
    edge.pass(100);
    for (int i = 0; i < 501; i++) {
      socket.textLater("4");
    }
    edge.settle();
    assertThat(guest.heard).hasSize(10_500);
    assertThat(socket.code()).isEqualTo(1008);
  }

  @Test
  void whatItsLoopReadsIsWorkedOnInOrderOnTheOther() {
    EngineEdge apart = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    EngineEdge.Socket remote = apart.socket();
    remote.textLater("4a");
    remote.textLater("4b");
    remote.closedLater(CloseReason.LOST);
    apart.sockets.run();
    assertThat(apart.guest().heard).isEmpty();
    apart.settle();
    assertThat(apart.guest().heard).containsExactly("a", "b");
    assertThat(apart.guest().ends).containsExactly(EngineClose.TRANSPORT_CLOSE);
  }

  @Test
  void whoIsGoneBeforeTheSessionBeganIsGone() {
    EngineEdge apart = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    EngineEdge.Socket remote = apart.socketLater("EIO=4&transport=websocket");
    remote.closedLater(CloseReason.LOST);
    apart.settle();
    assertThat(apart.guest().ends).containsExactly(EngineClose.TRANSPORT_CLOSE);
    assertThat(apart.figures()).containsEntry("sessions", 0);
  }

  @Test
  void withProtocol3BinaryMessagesHaveTheirTypeInFront() {
    EngineEdge.Socket old = edge.socket("EIO=3&transport=websocket");
    assertThat(old.take().getFirst()).startsWith("0{");
    EngineEdge.Guest veteran = edge.guest();
    assertThat(veteran.socket.protocol()).isEqualTo(3);
    assertThat(veteran.socket.connection().loop()).isSameAs(old.connection.loop());
    old.text("4a").binary((byte) 4, (byte) 1, (byte) 2).text("b4AwQ=");
    assertThat(veteran.heard).containsExactly("a", "[1, 2]", "[3, 4]");
    veteran.say("b");
    veteran.say((byte) 5, (byte) 6);
    assertThat(old.take()).containsExactly("4b", "[4, 5, 6]");
    veteran.close(EngineClose.FORCED);
    assertThat(old.code()).isEqualTo(1000);
  }

  @Test
  void withProtocol3OtherBinaryPacketsAreNone() {
    EngineEdge.Socket first = edge.socket("EIO=3&transport=websocket").binary((byte) 2, (byte) 1);
    assertThat(edge.guest().ends).containsExactly(EngineClose.PARSE_ERROR);
    assertThat(first.isOpen()).isFalse();
    edge.socket("EIO=3&transport=websocket").binary();
    assertThat(edge.guest().ends).containsExactly(EngineClose.PARSE_ERROR);
    edge.socket("EIO=3&transport=websocket").text("b5AwQ=");
    assertThat(edge.guest().ends).containsExactly(EngineClose.PARSE_ERROR);
  }
}
