package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who is asked for a sign of life, when, and what happens without one. */
class EngineHeartbeatTest {
  private final EngineEdge edge = new EngineEdge();

  @Test
  void aClientThatPollsIsAskedAndAnswers() {
    String id = edge.open();
    for (int i = 0; i < 3; i++) {
      EngineEdge.Answer poll = edge.poll(id);
      edge.pass(299);
      assertThat(poll.isWaiting()).isTrue();
      edge.pass(1);
      assertThat(poll.text()).isEqualTo("2");
      edge.pass(199);
      assertThat(edge.post(id, "3").text()).isEqualTo("ok");
    }
    assertThat(edge.guest().ends).isEmpty();
    assertThat(edge.guest().heard).isEmpty();
  }

  @Test
  void aClientThatPollsAndDoesNotAnswerIsGone() {
    String id = edge.open();
    edge.poll(id);
    edge.pass(300);
    EngineEdge.Answer poll = edge.poll(id);
    edge.pass(199);
    assertThat(poll.isWaiting()).isTrue();
    edge.pass(1);
    assertThat(poll.text()).isEqualTo("1");
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
    assertThat(edge.poll(id).fault()).isEqualTo("400 1");
    assertThat(edge.loop.timers()).isZero();
  }

  @Test
  void aRequestAfterTheDeadlineIsTooLateEvenIfTheTimerIsLater() {
    String id = edge.open();
    edge.loop.passLate(Duration.ofMillis(0));
    edge.loop.pass(Duration.ofMillis(300));
    // The loop has not had its turn, so the timer did not fire.
    EngineEdge.Answer late = edge.start("POST", "EIO=4&transport=polling&sid=" + id, new byte[] {'3'});
    edge.loop.passLate(Duration.ofMillis(200));
    edge.settle();
    assertThat(late.fault()).isEqualTo("400 1");
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
  }

  @Test
  void whoIsAskedFarTooLateHasTimeToAnswerAllTheSame() {
    EngineEdge.Socket socket = edge.socket();
    socket.take();
    edge.loop.passLate(Duration.ofSeconds(10));
    edge.settle();
    assertThat(socket.take()).containsExactly("2");
    edge.pass(189);
    assertThat(socket.isOpen()).isTrue();
    socket.text("3");
    edge.pass(300);
    assertThat(socket.take()).containsExactly("2");
    edge.pass(200);
    edge.settle();
    assertThat(socket.isOpen()).isFalse();
  }

  @Test
  void aRequestThatComesBeforeAPingThatIsLateIsServed() {
    String id = edge.open();
    // The loop has not had its turn: it finds the request and the timer at once.
    EngineEdge.Answer poll = edge.start("GET", "EIO=4&transport=polling&sid=" + id, new byte[0]);
    edge.loop.passLate(Duration.ofSeconds(10));
    edge.settle();
    assertThat(poll.text()).isEqualTo("2");
    assertThat(edge.guest().ends).isEmpty();
  }

  @Test
  void aClientOnAWebSocketIsAskedAndAnswers() {
    EngineEdge.Socket socket = edge.socket();
    socket.take();
    for (int i = 0; i < 3; i++) {
      edge.pass(299);
      assertThat(socket.take()).isEmpty();
      edge.pass(1);
      assertThat(socket.take()).containsExactly("2");
      edge.pass(199);
      socket.text("3");
    }
    assertThat(socket.isOpen()).isTrue();
  }

  @Test
  void aClientOnAWebSocketThatDoesNotAnswerIsGone() {
    EngineEdge.Socket socket = edge.socket();
    edge.pass(300);
    // Messages are no answer.
    socket.text("4a");
    edge.pass(199);
    assertThat(socket.isOpen()).isTrue();
    edge.pass(1);
    assertThat(socket.isOpen()).isFalse();
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
    assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("endedByPingTimeout", 1L);
    assertThat(edge.loop.timers()).isZero();
  }

  @Test
  void anAnswerThatNobodyAskedForIsNone() {
    EngineEdge.Socket socket = edge.socket();
    edge.pass(200);
    socket.text("3");
    socket.take();
    edge.pass(100);
    assertThat(socket.take()).containsExactly("2");
    edge.pass(200);
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
  }

  @Test
  void aPingThatWaitsGoesOnOverTheUpgrade() {
    String id = edge.open();
    EngineEdge.Socket socket = edge.socketOf(id).text("2probe");
    edge.pass(300);
    socket.take();
    socket.text("5");
    assertThat(socket.take()).containsExactly("2");
    edge.pass(199);
    socket.text("3");
    edge.pass(299);
    assertThat(edge.guest().ends).isEmpty();
  }

  // ---- Protocol 3

  @Test
  void withProtocol3TheClientAsks() {
    EngineEdge.Socket socket = edge.socket("EIO=3&transport=websocket");
    socket.take();
    for (int i = 0; i < 3; i++) {
      edge.pass(499);
      assertThat(socket.take()).as("nobody is asked").isEmpty();
      socket.text("2really?");
      assertThat(socket.take()).containsExactly("3really?");
    }
    edge.pass(499);
    socket.text("4any packet is a sign of life");
    edge.pass(499);
    assertThat(socket.isOpen()).isTrue();
    edge.pass(1);
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
    assertThat(edge.loop.timers()).isZero();
  }

  @Test
  void withProtocol3AClientThatPollsAsksToo() {
    String id = edge.openAs("EIO=3");
    edge.pass(400);
    assertThat(edge.post(id, "1:2").text()).isEqualTo("ok");
    assertThat(edge.poll(id).text()).isEqualTo("1:3");
    edge.pass(499);
    EngineEdge.Answer poll = edge.poll(id);
    edge.pass(1);
    assertThat(poll.text()).isEqualTo("1:1");
    assertThat(edge.guest().ends).containsExactly(EngineClose.PING_TIMEOUT);
  }
}
