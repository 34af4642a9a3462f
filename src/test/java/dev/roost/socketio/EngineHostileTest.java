package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.sim.SimLoop;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that mean no good: they cost themselves their sessions, nobody else anything, and leave nothing behind. */
class EngineHostileTest {
  private static final EngineOptions ROOMY = new EngineOptions(Duration.ofSeconds(25), Duration.ofSeconds(20), Duration.ofSeconds(10), 1_000, 5_000, true, new EngineOptions.Cors("*", false),
      AllowedOrigins.ALL, 50, 40);

  private static final List<String> METHODS = List.of("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS");
  private static final List<String> PACKETS = List.of("4a", "2", "2probe", "3", "5", "5", "6", "1", "0", "", "b", "bAQ==", "4\u001e4", "2:4a", "\u0000", "4" + "x".repeat(1_200));

  /** A crowd that sends whatever comes to its mind, by whatever way, and answers nothing. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void whateverIsAskedNothingStays(long seed) {
    Random random = new Random(seed);
    EngineEdge edge = new EngineEdge(ROOMY, Optional.of(new SimLoop()));
    List<String> ids = new ArrayList<>(List.of("unknown"));
    List<EngineEdge.Answer> answers = new ArrayList<>();
    List<EngineEdge.Socket> sockets = new ArrayList<>();
    for (int step = 0; step < 4_000; step++) {
      String query = "EIO=" + (3 + random.nextInt(3)) + "&transport=" + (random.nextInt(8) == 0 ? "websocket" : "polling") + sid(random, ids);
      String packet = PACKETS.get(random.nextInt(PACKETS.size()));
      switch (random.nextInt(9)) {
        case 0, 1, 2 -> answers.add(edge.start(METHODS.get(random.nextInt(METHODS.size())), query, packet.getBytes(StandardCharsets.UTF_8)));
        case 3 -> {
          String upgrade = query.replace("polling", "websocket");
          if (edge.handshake(upgrade) instanceof Handshake.Accept) {
            sockets.add(edge.socketLater(upgrade));
          }
        }
        case 4, 5 -> any(random, sockets).ifPresent(socket -> socket.textLater(packet));
        case 6 -> any(random, sockets).filter(socket -> random.nextInt(4) == 0).ifPresent(socket -> socket.closedLater(CloseReason.LOST));
        case 7 -> any(random, answers).filter(answer -> random.nextInt(4) == 0).ifPresent(EngineEdge.Answer::abandonLater);
        default -> edge.pass(random.nextInt(500));
      }
      edge.loop.run();
      any(random, edge.guests).ifPresent(guest -> edge.run(() -> guest.saysNow(Frame.text("4news"), Delivery.RELIABLE)));
      edge.guests.stream().map(guest -> guest.socket.id()).filter(id -> !ids.contains(id)).forEach(ids::add);
      assertThat((Integer) edge.figures().get("sessions")).isLessThanOrEqualTo(50);
      assertThat((Integer) edge.figures().get("pendingSessions")).isLessThanOrEqualTo(40);
    }
    edge.settle();
    edge.pass(60_000);
    edge.settle();
    assertThat(edge.guests.size()).as("sessions there were").isGreaterThan(60);
    assertThat(edge.guests).allSatisfy(guest -> assertThat(guest.ends).hasSize(1));
    assertThat(edge.figures()).containsEntry("sessions", 0).containsEntry("pendingSessions", 0);
    assertThat(edge.loop.timers()).isZero();
    assertThat(answers).noneMatch(EngineEdge.Answer::isWaiting);
  }

  private static String sid(Random random, List<String> ids) {
    return random.nextInt(3) == 0 ? "" : "&sid=" + ids.get(Math.max(0, ids.size() - 1 - random.nextInt(8)));
  }

  private static <T> Optional<T> any(Random random, List<T> things) {
    return things.isEmpty() ? Optional.empty() : Optional.of(things.get(Math.max(0, things.size() - 1 - random.nextInt(10))));
  }

  @Test
  void whoSendsFasterThanTheServerWorksIsToldToComeAgain() {
    EngineEdge edge = new EngineEdge(ROOMY, Optional.of(new SimLoop()));
    String id = edge.open();
    EngineEdge.Socket socket = edge.socket();
    int taken = 0;
    while (edge.server.inFlight().admit(1 << 20)) {
      taken++;
    }
    // Less than a mebibyte may be left.
    for (int small = 1 << 19; small > 0; small >>= 1) {
      edge.server.inFlight().admit(small);
    }
    assertThat(edge.post(id, "4too much").status()).isEqualTo(503);
    socket.text("4too much");
    assertThat(socket.code()).isEqualTo(1013);
    assertThat(edge.guests).allSatisfy(guest -> assertThat(guest.heard).isEmpty());
    for (int i = 0; i < taken; i++) {
      edge.server.inFlight().done(1 << 20);
    }
    assertThat(edge.post(id, "4again").text()).isEqualTo("ok");
    assertThat(edge.guests.getFirst().heard).containsExactly("again");
  }

  @Test
  void whatIsReadIsGivenBack() {
    EngineEdge edge = new EngineEdge(ROOMY, Optional.of(new SimLoop()));
    String id = edge.open();
    EngineEdge.Socket socket = edge.socket();
    int before = room(edge);
    for (int i = 0; i < 50; i++) {
      assertThat(edge.post(id, "4" + "x".repeat(900)).text()).isEqualTo("ok");
      socket.text("4" + "x".repeat(900)).binary(new byte[900]);
    }
    assertThat(room(edge)).isEqualTo(before);
  }

  /** How many kibibytes may be in flight. */
  private static int room(EngineEdge edge) {
    int taken = 0;
    while (edge.server.inFlight().admit(1 << 10)) {
      taken++;
    }
    for (int i = 0; i < taken; i++) {
      edge.server.inFlight().done(1 << 10);
    }
    return taken;
  }
}
