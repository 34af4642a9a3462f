package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.bench.FakeRelay.Fate;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The preset socketio says what a server did that is known to have done it, though its messages carry no marker. */
@Timeout(30)
class SocketIoTruthTest {
  private static final int CLIENTS = 5;
  private static final int EVENTS = 50;

  @Test
  void anHonestServerIsReportedAsOneAndItsPingsAreAnswered() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> Fate.PASS)) {
      Result result = load(server);
      assertThat(tally(result).sent).isEqualTo(EVENTS);
      assertThat(tally(result).delivered).isEqualTo(EVENTS * CLIENTS);
      assertThat(tally(result).latency.getTotalCount()).isEqualTo(EVENTS * CLIENTS);
      assertThat(result.isFaulty()).isFalse();
      assertThat(result.oddities().notices().all()).isZero();
      assertThat(server.pongs()).isEqualTo(server.pings()).isEqualTo(EVENTS / 10 * CLIENTS);
      assertThat(Report.of(result)).startsWith("socketio: 5 clients of one namespace, 100 messages/s each, ");
    }
  }

  @Test
  void eachEventChangesSomething() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> Fate.PASS)) {
      load(server);
      List<String> forms = List.of("audio true", "video true", "audio false", "video false");
      assertThat(server.toggles()).isEqualTo(IntStream.range(0, EVENTS).mapToObj(number -> forms.get(number % 4)).toList());
    }
  }

  @Test
  void droppedEventsAreLostOneByOneAndInPairs() throws Exception {
    // Deliveries of one event go to the clients in turn: these are events 5, 20 and 21 of the third client, and the last event of the first.
    try (FakeSocketIo server = new FakeSocketIo(delivery -> List.of(27L, 102L, 107L, 245L).contains(delivery) ? Fate.DROP : Fate.PASS)) {
      Result result = load(server);
      assertThat(result.parts().getFirst().lost()).isEqualTo(4);
      assertThat(tally(result).delivered).isEqualTo(EVENTS * CLIENTS - 4);
      assertThat(tally(result).duplicated).isZero();
      assertThat(tally(result).reordered).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void doublesAreCountedAlsoAmongEventsThatGoTogether() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> delivery % 50 == 25 ? Fate.TWICE : Fate.PASS)) {
      Result result = load(server, "--together", "10");
      assertThat(tally(result).duplicated).isEqualTo(5);
      assertThat(tally(result).delivered).isEqualTo(EVENTS * CLIENTS);
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void aSwapIsOutOfOrderAndThatIsAFault() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> delivery % 50 == 27 ? Fate.AFTER_THE_NEXT : Fate.PASS)) {
      Result result = load(server);
      assertThat(tally(result).reordered).isEqualTo(5);
      assertThat(tally(result).delivered).isEqualTo(EVENTS * CLIENTS);
      assertThat(tally(result).duplicated).isZero();
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void whoMayNotJoinIsToldWhy() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> Fate.PASS).refusing()) {
      assertThatThrownBy(() -> load(server, "--open-limit", "0.3")).isInstanceOf(BenchException.class).hasMessageContaining("[\"user-joined\",").hasMessageContaining("JOIN_ERROR");
    }
  }

  @Test
  void idleClientsConnectAndDoNotJoin() throws Exception {
    try (FakeSocketIo server = new FakeSocketIo(delivery -> Fate.PASS).refusing()) {
      Result result = run(server, "idle", "--protocol", "socketio", "--connections", "20", "--seconds", "0.1");
      assertThat(result.crowd().orElseThrow().opened()).isEqualTo(20);
      assertThat(server.connected()).as("with those that warm the server up").isEqualTo(40);
    }
  }

  private static Tally tally(Result result) {
    return result.parts().getFirst().tally();
  }

  /** Half a second of it. */
  private static Result load(FakeSocketIo server, String... more) throws InterruptedException {
    String[] load = {"socketio", "--clients", Integer.toString(CLIENTS), "--rate", "100", "--seconds", "0.5", "--warmup", "0"};
    return run(server, Stream.of(load, more).flatMap(Stream::of).toArray(String[]::new));
  }

  private static Result run(FakeSocketIo server, String... arguments) throws InterruptedException {
    String[] all = Stream.of(arguments, new String[] {"--url", "ws://127.0.0.1:" + server.port(), "--no-floor"}).flatMap(Stream::of).toArray(String[]::new);
    return new Run(Guest.introduce(BenchOptions.parse(all).plan()), line -> { }).go();
  }
}
