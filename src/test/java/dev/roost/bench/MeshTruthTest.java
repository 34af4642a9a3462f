package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.bench.FakeMesh.Sent;
import dev.roost.bench.FakeRelay.Fate;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The preset mesh says what a mini server did that is known to have done it. */
@Timeout(30)
class MeshTruthTest {
  private static final int CLIENTS = 5;

  @Test
  void anHonestServerIsReportedAsOneHoweverMuchItTalks() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS).talking()) {
      Result result = mesh(mesh, CLIENTS, 100);
      Tally tally = tally(result);
      assertThat(tally.sent).isEqualTo(250);
      assertThat(tally.delivered).isEqualTo(250);
      assertThat(tally.latency.getTotalCount()).isEqualTo(250);
      assertThat(tally.reordered).isZero();
      assertThat(result.isFaulty()).isFalse();
      assertThat(result.oddities().strays()).isZero();
      assertThat(mesh.notices()).isEqualTo(25);
      assertThat(result.oddities().notices().counts()).containsEntry("server-heartbeat", 25L).containsEntry("admin-heartbeat", 25L)
          .containsOnlyKeys("client-list-update", "server-heartbeat", "admin-heartbeat");
      assertThat(Report.of(result)).startsWith("mesh: 5 clients that write to each other, 100 messages/s each, 200 bytes").contains("25 server-heartbeat");
    }
  }

  @Test
  void everybodyWritesToAllTheOthersAndNeverToItself() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS)) {
      mesh(mesh, CLIENTS, 200);
      Set<Sent> pairs = new HashSet<>(mesh.sent());
      assertThat(pairs).hasSize(CLIENTS * (CLIENTS - 1)).noneMatch(sent -> sent.from().equals(sent.to()));
    }
  }

  @Test
  void theSameSeedMakesTheSameTargets() throws Exception {
    assertThat(targets("7")).isEqualTo(targets("7")).isNotEqualTo(targets("8"));
  }

  @Test
  void droppedMessagesAreLost() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> delivery % 50 == 25 ? Fate.DROP : Fate.PASS)) {
      Result result = mesh(mesh, CLIENTS, 100);
      assertThat(result.parts().getFirst().lost()).isEqualTo(5);
      assertThat(tally(result).delivered).isEqualTo(245);
      assertThat(tally(result).reordered).isZero();
      assertThat(tally(result).duplicated).isZero();
      assertThat(result.isFaulty()).isTrue();
      assertThat(Report.of(result)).contains("5 (2.000 %)");
    }
  }

  @Test
  void doublesAreCounted() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> delivery % 50 == 25 ? Fate.TWICE : Fate.PASS)) {
      Result result = mesh(mesh, CLIENTS, 100);
      assertThat(tally(result).duplicated).isEqualTo(5);
      assertThat(tally(result).delivered).isEqualTo(250);
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void aSwapWithinAPairIsOutOfOrderAndThatIsAFault() throws Exception {
    try (FakeMesh mesh = new FakeMesh(MeshTruthTest::sometimesAfterTheNext)) {
      Result result = mesh(mesh, 2, 200);
      assertThat(tally(result).delivered).isEqualTo(200);
      assertThat(tally(result).reordered).isEqualTo(10);
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void aSwapOfTwoSendersMessagesIsNone() throws Exception {
    try (FakeMesh mesh = new FakeMesh(MeshTruthTest::sometimesAfterTheNext)) {
      Result result = mesh(mesh, CLIENTS, 200);
      Swaps swaps = swaps(mesh.sent());
      assertThat(swaps.betweenPairs()).as("swaps that are none").isPositive();
      assertThat(tally(result).reordered).isEqualTo(swaps.withinPairs());
      assertThat(result.parts().getFirst().lost()).isEqualTo(swaps.lost());
    }
  }

  @Test
  void messagesThatGoAstrayAreStraysAndLost() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS).leadingAstray(message -> message % 100 == 50)) {
      Result result = mesh(mesh, CLIENTS, 100);
      assertThat(result.oddities().strays()).isEqualTo(2);
      assertThat(result.parts().getFirst().lost()).isEqualTo(2);
      assertThat(result.isFaulty()).isTrue();
      assertThat(Report.of(result)).contains("! 2 messages came to connections that should not get them");
    }
  }

  @Test
  void aForgedSenderIsSeen() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS).forging(message -> message == 100)) {
      Result result = mesh(mesh, CLIENTS, 100);
      assertThat(result.oddities().misnamed()).isEqualTo(1);
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
      assertThat(Report.of(result)).contains("! 1 messages named another sender than theirs");
    }
  }

  @Test
  void whatTheServerComplainsOfIsShown() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS).refusing(message -> message >= 240)) {
      Result result = mesh(mesh, CLIENTS, 100);
      assertThat(result.parts().getFirst().lost()).isEqualTo(10);
      assertThat(Report.of(result)).contains("! 10 error messages came from the server; the first: {\"type\":\"error\",\"data\":{\"code\":\"rate_limited\"");
      assertThat(JsonReport.of(result)).contains("\"errors\":10,").contains("\"misnamed\":0,");
    }
  }

  @Test
  void heartbeatsAreSentAndTheirAnswersAreNoMessages() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS)) {
      Result result = mesh(mesh, CLIENTS, 20, "--heartbeat", "0.1");
      assertThat(tally(result).delivered).isEqualTo(50);
      assertThat(result.isFaulty()).isFalse();
      long answers = result.oddities().notices().counts().get("heartbeat-ack");
      assertThat(answers).isBetween((long) CLIENTS, mesh.heartbeats());
    }
  }

  @Test
  void broadcastsReachAllTheOthers() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> delivery == 10 ? Fate.DROP : Fate.PASS)) {
      Result result = run(mesh, "rooms", "--protocol", "mesh", "--users", "4", "--rate", "50", "--seconds", "0.5");
      assertThat(tally(result).sent).isEqualTo(100);
      assertThat(tally(result).delivered).isEqualTo(299);
      assertThat(result.parts().getFirst().lost()).isEqualTo(1);
      assertThat(result.oddities().misnamed()).isZero();
      assertThat(mesh.sent()).allMatch(sent -> sent.to().equals("broadcast"));
    }
  }

  @Test
  void saturationIsWithoutLoss() throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS)) {
      Result result = mesh(mesh, CLIENTS, 0);
      assertThat(tally(result).delivered).isEqualTo(tally(result).sent).isPositive();
      assertThat(result.isFaulty()).isFalse();
    }
  }

  @Test
  void strictMakesDisorderAFailure() throws Exception {
    for (Fate fate : List.of(Fate.AFTER_THE_NEXT, Fate.PASS)) {
      try (FakeMesh mesh = new FakeMesh(delivery -> delivery == 10 ? fate : Fate.PASS)) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        int code = Bench.run(out, out, run -> { }, arguments(mesh, "mesh", "--clients", "2", "--rate", "50", "--seconds", "0.4", "--json", "--strict"));
        assertThat(code).isEqualTo(fate == Fate.PASS ? 0 : 3);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("\"outOfOrder\":" + (fate == Fate.PASS ? 0 : 1) + ",").contains("\"lost\":0,");
      }
    }
  }

  private static Fate sometimesAfterTheNext(long delivery) {
    return delivery % 20 == 5 ? Fate.AFTER_THE_NEXT : Fate.PASS;
  }

  /** What {@link #sometimesAfterTheNext} does to these messages. */
  private static Swaps swaps(List<Sent> messages) {
    Map<String, Sent> held = new HashMap<>();
    int within = 0;
    int between = 0;
    int replaced = 0;
    for (int number = 0; number < messages.size(); number++) {
      Sent message = messages.get(number);
      if (sometimesAfterTheNext(number) == Fate.AFTER_THE_NEXT) {
        replaced += held.put(message.to(), message) == null ? 0 : 1;
      } else {
        Sent released = held.remove(message.to());
        within += message.equals(released) ? 1 : 0;
        between += released != null && !message.equals(released) ? 1 : 0;
      }
    }
    return new Swaps(within, between, replaced + held.size());
  }

  private record Swaps(int withinPairs, int betweenPairs, int lost) {}

  /** To whom the first client wrote; the clients' names differ from run to run, but for their numbers. */
  private static List<String> targets(String seed) throws Exception {
    try (FakeMesh mesh = new FakeMesh(delivery -> Fate.PASS)) {
      mesh(mesh, CLIENTS, 100, "--seed", seed);
      return mesh.sent().stream().filter(sent -> sent.from().endsWith("-000000")).map(sent -> sent.to().substring(sent.to().indexOf('-'))).toList();
    }
  }

  private static Tally tally(Result result) {
    return result.parts().getFirst().tally();
  }

  /** Half a second of it. */
  private static Result mesh(FakeMesh mesh, int clients, int rate, String... more) throws InterruptedException {
    String[] load = {"mesh", "--clients", Integer.toString(clients), "--rate", Integer.toString(rate), "--seconds", "0.5"};
    return run(mesh, Stream.of(load, more).flatMap(Stream::of).toArray(String[]::new));
  }

  private static Result run(FakeMesh mesh, String... arguments) throws InterruptedException {
    return new Run(BenchOptions.parse(arguments(mesh, arguments)).plan(), line -> { }).go();
  }

  private static String[] arguments(FakeMesh mesh, String... load) {
    String[] usual = {"--url", "ws://127.0.0.1:" + mesh.port(), "--warmup", "0", "--no-floor"};
    return Stream.of(load, usual).flatMap(Stream::of).toArray(String[]::new);
  }
}
