package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.roost.core.CloseReason;
import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import dev.roost.transport.Handshake;
import dev.roost.transport.Operators;
import dev.roost.transport.Receiver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a connection may send, how fast, and what becomes of it: sections 1 and 4. */
class MeshConnectionTest {
  private final MeshEdge edge = new MeshEdge();

  @Test
  @DisplayName("1. From the upgrade to the relay: the sender is the connection's device, and its end is seen")
  void wiring() {
    MeshEdge.Socket a = edge.connect("A", "clientName", "Ann", "capabilities", "x");
    assertThat(a.types()).containsExactly("welcome", "client-list-update");
    MeshEdge.Socket b = edge.connect("B").forget();
    a.forget().text("{'type':'peer-message','fromId':'C','data':{'targetId':'B','message':{'n':1}}}");
    assertThat(b.take()).containsExactly(Json.parse(Json.quoted("{'type':'peer-message','data':{'fromId':'A','message':{'n':1}}}")));
    a.leave();

    assertThat(b.list()).containsExactly("B");
  }

  @Test
  @DisplayName("1. Binary frames with JSON count like text; what is no UTF-8 is malformed")
  void binary() {
    MeshEdge.Socket a = edge.connect("A").forget();
    byte[] message = Json.quoted("{'type':'peer-message','data':{'targetId':'A','message':'ü'}}").getBytes(StandardCharsets.UTF_8);
    a.binary(message);
    assertThat(a.take().getFirst().at("data", "message").text()).isEqualTo("ü");
    message[message.length - 5] = (byte) 0xFF;
    a.binary(message);

    List<Json> answer = a.take();
    assertThat(answer).hasSize(1);
    assertThat(answer.getFirst().at("data", "code").text()).isEqualTo("bad_message");
    assertThat(a.closed()).isEmpty();
  }

  @Test
  @DisplayName("23. Flood: of 1,000 messages at once the burst arrives, and the rest is said once; others are served")
  void flood() {
    MeshEdge.Socket a = edge.connect("A").forget();
    MeshEdge.Socket b = edge.connect("B").forget();
    a.forget();
    for (int i = 0; i < 1_000; i++) {
      a.text("{'type':'peer-message','data':{'targetId':'B','message':" + i + "}}");
    }
    List<Json> got = b.take();
    assertThat(got).hasSize(100);
    for (int i = 0; i < 100; i++) {
      assertThat(got.get(i).at("data", "message").number()).isEqualTo(i);
    }
    List<Json> answer = a.take();
    assertThat(answer).hasSize(1);
    assertThat(answer.getFirst().at("data", "code").text()).isEqualTo("rate_limited");
    assertThat(b.heartbeat().types()).containsExactly("heartbeat-ack");
    assertThat(a.closed()).isEmpty();
    edge.pass(1_000);
    for (int i = 0; i < 1_000; i++) {
      a.heartbeat();
    }
    assertThat(a.types()).hasSize(51).contains("error");
  }

  @Test
  @DisplayName("22. One error a second, whether a message was faulty or too many; and then the other kind may be told")
  void oneErrorASecond() {
    MeshEdge.Socket a = edge.connect("A").forget();
    for (int i = 0; i < 300; i++) {
      a.text("{bad");
    }
    assertThat(a.take()).hasSize(1).allSatisfy(error -> assertThat(error.at("data", "code").text()).isEqualTo("bad_message"));
    edge.pass(999);
    a.text("{bad").text("{}");
    assertThat(a.take()).isEmpty();
    edge.pass(1);
    for (int i = 0; i < 300; i++) {
      a.heartbeat();
    }
    assertThat(a.take()).filteredOn(message -> message.type().equals("error")).hasSize(1).allSatisfy(error -> assertThat(error.at("data", "code").text())
        .isEqualTo("rate_limited"));
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: 40 a second for a minute are never too many")
  void honestRate() {
    MeshEdge.Socket a = edge.connect("A").forget();
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 60 * 40; i++) {
      a.heartbeat();
      edge.pass(25);
      answers.addAll(a.types());
    }
    assertThat(answers).filteredOn("heartbeat-ack"::equals).hasSize(2_400);
    assertThat(answers).doesNotContain("error");
  }

  @Test
  @DisplayName("4. MAX_MESSAGES_PER_SEC: above it for 10 s, 1008; the others get a list without it when it is gone")
  void abuse() {
    MeshEdge.Socket a = edge.connect("A").forget();
    MeshEdge.Socket b = edge.connect("B").forget();
    long millis = 0;
    List<String> answers = new ArrayList<>();
    while (a.closed().isEmpty() && millis < 30_000) {
      a.heartbeat();
      edge.pass(4);
      millis += 4;
      answers.addAll(a.types());
    }
    // The burst of 100 lasts for half a second at 250 a second.
    assertThat(millis).isBetween(10_400L, 10_700L);
    assertThat(a.closed()).hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo(1008));
    assertThat(answers).filteredOn("error"::equals).hasSizeBetween(9, 11);
    a.leave();
    assertThat(b.list()).containsExactly("B");
  }

  @Test
  @DisplayName("2.1 A device that floods is not silent")
  void floodKeepsAlive() {
    MeshEdge patient = new MeshEdge("ABUSE_AFTER", "86400000", "MAX_MESSAGES_PER_SEC", "1");
    MeshEdge.Socket a = patient.connect("A").forget();
    for (int i = 0; i < 100_000 / 500; i++) {
      patient.pass(500);
      a.heartbeat();
    }
    assertThat(a.closed()).isEmpty();
  }

  @Test
  @DisplayName("A fault of the server's own costs the device that met it its connection, and nobody else anything")
  void ownFault() {
    Logger logger = (Logger) LoggerFactory.getLogger(MeshProtocol.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    try {
      MeshEdge faulty = new MeshEdge(new Operators(""), new MeshListener() {
        @Override
        public void locationUpdated(String organizationId, String clientId, RawJson location) {
          throw new IllegalStateException("A listener's fault");
        }
      });
      MeshEdge.Socket a = faulty.connect("A");
      MeshEdge.Socket b = faulty.connect("B").forget();
      a.text("{'type':'location-update','data':{'latitude':1,'longitude':1}}");

      assertThat(a.closed()).contains(new CloseReason(1011, "Internal error"));
      a.leave();
      assertThat(b.closed()).isEmpty();
      assertThat(b.list()).containsExactly("B");
      assertThat(b.heartbeat().types()).containsExactly("heartbeat-ack");
      assertThat(lines.list).filteredOn(line -> line.getLevel() == Level.ERROR).singleElement().satisfies(line -> assertThat(line.getFormattedMessage()).contains("org_1"));
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
    }
  }

  @Test
  @DisplayName("A connection that is over before its organisation has heard of it leaves nobody behind")
  void overAtOnce() {
    SimLoop sockets = new SimLoop();
    Receiver receiver = ((Handshake.Accept) edge.handshake("organizationId", "org_1", "clientId", "A", "capabilities", "admin.manage")).receiver();
    MeshEdge.Socket b = edge.connect("B").forget();
    sockets.run(() -> receiver.opened(new SimConnection(sockets)));
    sockets.run(() -> receiver.text("{}".getBytes(StandardCharsets.UTF_8)));
    sockets.run(() -> receiver.closed(CloseReason.LOST));
    assertThat(b.take()).as("organisations do nothing on the loop of a socket").isEmpty();
    edge.loop.run();

    assertThat(b.list()).containsExactly("B");
    edge.pass(10_000);
    assertThat(b.types()).doesNotContain("admin-heartbeat");
  }

  @Test
  @DisplayName("Messages that wait for their organisation have a bound of memory; those above it are dropped, and said once")
  void inFlight() {
    MeshEdge slow = new MeshEdge("MAX_MESSAGES_PER_SEC", "1000000", "MAX_MESSAGE_BYTES", "1073741824");
    SimLoop sockets = new SimLoop();
    SimConnection connection = new SimConnection(sockets);
    Receiver receiver = ((Handshake.Accept) slow.handshake("organizationId", "org_1", "clientId", "A")).receiver();
    sockets.run(() -> receiver.opened(connection));
    slow.loop.run();
    connection.take();
    byte[] large = ("{\"type\":\"heartbeat\",\"x\":\"" + "x".repeat(1 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);
    long most = Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 8);
    int more = 10;
    long fit = most / large.length;
    for (int i = 0; i < fit + more; i++) {
      sockets.run(() -> receiver.text(large));
    }
    slow.loop.run();
    List<String> answers = connection.take().stream().map(text -> Json.parse(text).type()).toList();
    assertThat(answers).filteredOn("heartbeat-ack"::equals).hasSize((int) fit);
    assertThat(answers).filteredOn("error"::equals).hasSize(1);
    sockets.run(() -> receiver.text(large));
    slow.loop.run();
    assertThat(connection.take()).as("what was handled makes room").hasSize(1);
  }
}
