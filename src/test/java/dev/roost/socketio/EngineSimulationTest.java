package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.sim.SimLoop;
import dev.roost.transport.Handshake;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client that polls, posts, upgrades, tears its connections and is slow, at random, on two loops that take their turns at random: what either side sent has arrived once and in order, or
 * the session is over.
 */
class EngineSimulationTest {
  private static final int SESSIONS = 400;
  private static final int STEPS = 60;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everythingArrivesOnceAndInOrderOrTheSessionIsOver(long seed) {
    Random random = new Random(seed);
    int upgraded = 0;
    int ended = 0;
    int arrived = 0;
    for (int i = 0; i < SESSIONS; i++) {
      Life life = new Life(random);
      for (int step = 0; step < STEPS; step++) {
        life.step();
      }
      ended += life.guest.ends.size();
      life.check();
      upgraded += life.moved ? 1 : 0;
            arrived += life.received.size() + life.guest.heard.size();
    }
    assertThat(upgraded).as("both kinds of life are lived").isBetween(SESSIONS / 10, SESSIONS * 9 / 10);
    assertThat(ended).isBetween(SESSIONS / 10, SESSIONS * 9 / 10);
    assertThat(arrived).isGreaterThan(SESSIONS * 5);
  }

  /** One session and its client. */
  private static final class Life {
    private final Random random;
    private final EngineEdge edge = new EngineEdge(EngineEdge.OPTIONS, Optional.of(new SimLoop()));
    private final String id = edge.open();
    private final EngineEdge.Guest guest = edge.guest();
    private final List<String> received = new ArrayList<>();
    /** In the order in which the client asked. */
    private final List<EngineEdge.Answer> polls = new ArrayList<>();
    private Optional<EngineEdge.Answer> post = Optional.empty();
    private Optional<EngineEdge.Socket> socket = Optional.empty();
    private boolean probed;
    private boolean mayMove;
    private boolean moved;
    private int said;
    private int sent;

    Life(Random random) {
      this.random = random;
    }

    void step() {
      switch (random.nextInt(17)) {
        case 0, 1, 2 -> say();
        case 3, 4, 5 -> poll();
        case 6, 7 -> post();
        case 8, 9, 10, 11 -> upgrade();
        case 12 -> edge.loop.run();
        case 13 -> edge.sockets.run();
        case 14 -> edge.pass(random.nextInt(40));
        case 15 -> tear();
        default -> edge.settle();
      }
      read();
    }

    private void say() {
      Frame frame = Frame.text("4" + said++ + "." + "x".repeat(random.nextInt(4) == 0 ? 700 : 0));
      // As an audience does it, from another thread at times.
      if (random.nextBoolean()) {
        edge.run(() -> guest.saysNow(frame, Delivery.RELIABLE));
      } else {
        guest.socket.connection().send(frame);
      }
    }

    /** One GET at a time, and none once it knows of the WebSocket, as stock clients do; a few do not care. */
    private void poll() {
      boolean waits = !polls.isEmpty() && polls.getLast().isWaiting();
      if (!moved && !waits && (!probed || random.nextInt(4) == 0)) {
        polls.add(edge.start("GET", "EIO=4&transport=polling&sid=" + id, new byte[0]));
      }
    }

    private void post() {
      if (moved) {
        socket.orElseThrow().textLater("4" + sent++);
      } else if (post.isEmpty()) {
        String body = "4" + sent++ + (random.nextBoolean() ? "" : "\u001e4" + sent++);
        post = Optional.of(edge.start("POST", "EIO=4&transport=polling&sid=" + id, body.getBytes()));
      }
    }

    /** The next step of an upgrade. The last one only when nothing is on its way by polling. */
    private void upgrade() {
      if (socket.isEmpty()) {
        if (edge.handshake("EIO=4&transport=websocket&sid=" + id) instanceof Handshake.Accept) {
          socket = Optional.of(edge.socketLater("EIO=4&transport=websocket&sid=" + id));
        }
      } else if (!probed) {
        socket.get().textLater("2probe");
        probed = true;
      } else if (mayMove && !moved && post.isEmpty() && (polls.isEmpty() || !polls.getLast().isWaiting()) && socket.get().isOpen()) {
        socket.get().textLater("5");
        moved = true;
      }
    }

    private void tear() {
      int what = random.nextInt(12);
      if (what == 0 && !polls.isEmpty()) {
        polls.getLast().abandonLater();
      } else if (what == 1 || what == 2 && !moved) {
        socket.ifPresent(open -> open.closedLater(CloseReason.LOST));
        if (!moved) {
          socket = Optional.empty();
          probed = false;
          mayMove = false;
        }
      }
    }

    /** The client takes what came, by polling first. */
    private void read() {
      while (!polls.isEmpty() && !polls.getFirst().isWaiting()) {
        EngineEdge.Answer first = polls.removeFirst();
        if (first.hasAnswer() && first.status() == 200) {
          for (String packet : first.text().split("\u001e")) {
            receive(packet);
          }
        }
      }
      post = post.filter(EngineEdge.Answer::isWaiting);
      socket.ifPresent(open -> open.take().forEach(this::receive));
    }

    private void receive(String packet) {
      if (packet.startsWith("4")) {
        received.add(packet.substring(1, packet.indexOf('.')));
      } else if (packet.equals("3probe")) {
        mayMove = true;
      } else if (packet.equals("2") && !moved) {
        edge.start("POST", "EIO=4&transport=polling&sid=" + id, new byte[] {'3'});
      } else if (packet.equals("2")) {
        socket.orElseThrow().textLater("3");
      }
    }

    /** It asks until nothing more comes; a session that it cannot reach any more ends by itself. */
    void check() {
      edge.settle();
      read();
      for (int i = 0; i < said + 10 && !moved && guest.ends.isEmpty(); i++) {
        probed = false;
        poll();
        edge.settle();
        read();
      }
      if (moved && !socket.orElseThrow().isOpen()) {
        edge.pass(500);
        assertThat(guest.ends).hasSize(1);
      }
      List<String> heard = guest.heard.stream().filter(message -> !message.equals("moved")).toList();
      assertThat(received).as("what the client got").isEqualTo(numbers(received.size()));
      assertThat(heard).as("what the listener got").isEqualTo(numbers(heard.size()));
      if (guest.ends.isEmpty()) {
        assertThat(received).hasSize(said);
        assertThat(heard).hasSize(sent);
      }
      nothingStays();
    }

    /** The client falls silent. */
    private void nothingStays() {
      edge.pass(10_000);
      edge.settle();
      assertThat(guest.ends).hasSize(1);
      assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("pendingSessions", 0);
      assertThat(edge.loop.timers()).isZero();
      assertThat(polls).noneMatch(EngineEdge.Answer::isWaiting);
    }

    private static List<String> numbers(int count) {
      return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }
  }
}
