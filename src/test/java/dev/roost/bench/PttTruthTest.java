package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.bench.FakeRelay.Fate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The presets of PTT say what a router did that is known to have done it. */
@Timeout(30)
class PttTruthTest {
  @Test
  void anHonestRouterIsReportedAsOne() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS)) {
      Result result = ptt(router, "--groups", "2", "--receivers", "3");
      Tally tally = tally(result);
      assertThat(tally.sent).isEqualTo(100);
      assertThat(tally.delivered).isEqualTo(300);
      assertThat(tally.latency.getTotalCount()).isEqualTo(300);
      assertThat(result.isFaulty()).isFalse();
      assertThat(result.oddities().strays()).isZero();
      assertThat(router.devices()).doesNotHaveDuplicates().allMatch(device -> device.matches("d[0-9a-f]{6}-\\d{6}"));
      assertThat(Report.of(result)).startsWith("ptt: 2 group(s) of one talker and 3 listeners, 100 messages/s each, 114 bytes");
    }
  }

  @Test
  void lossDoublesAndDisorderAreCountedAndAreFaults() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> delivery == 10 ? Fate.DROP : delivery == 20 ? Fate.TWICE : delivery == 30 ? Fate.AFTER_THE_NEXT : Fate.PASS)) {
      Result result = ptt(router, "--receivers", "1");
      assertThat(result.parts().getFirst().lost()).isEqualTo(1);
      assertThat(tally(result).duplicated).isEqualTo(1);
      assertThat(tally(result).reordered).isEqualTo(1);
      assertThat(result.isFaulty()).isTrue();
    }
    try (FakePtt router = new FakePtt(delivery -> delivery == 30 ? Fate.AFTER_THE_NEXT : Fate.PASS)) {
      assertThat(ptt(router, "--receivers", "1").isFaulty()).as("disorder alone").isTrue();
    }
  }

  @Test
  void audioInTheWrongGroupOrInAnothersNameIsSeen() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS).leadingAstray(frame -> frame == 10).forging(frame -> frame == 20)) {
      Result result = ptt(router, "--groups", "2", "--receivers", "1");
      // The listener of the other group, and its talker, who hears nothing otherwise.
      assertThat(result.oddities().strays()).isEqualTo(2);
      assertThat(result.oddities().misnamed()).isEqualTo(1);
      assertThat(result.parts().getFirst().lost()).isEqualTo(1);
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void aTalkerWithoutTheFloorIsSaidInOneLine() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS).busy()) {
      assertThatThrownBy(() -> ptt(router, "--receivers", "1", "--open-limit", "2")).isInstanceOf(BenchException.class)
          .hasMessageContaining("only 1 of 2 connections").hasMessageContaining("nothing came that contains \\x95\\x00\\x06 (the last message was \\x95\\x00\\x08\\x00")
          .hasMessageContaining("Busy");
    }
  }

  @Test
  void aWrongSecretIsTheServersRefusal() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS)) {
      assertThatThrownBy(() -> ptt(router, "--receivers", "1", "--secret", "another")).isInstanceOf(BenchException.class)
          .hasMessageContaining("the server refused the upgrade: HTTP/1.1 401 Unauthorized");
    }
  }

  @Test
  void watchersSeeWhoComesAndGoes() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS)) {
      Result result = presence(router);
      Result.Presence presence = result.presence().orElseThrow();
      assertThat(presence.beats()).isEqualTo(router.heartbeats()).isEqualTo(20);
      assertThat(presence.accepted()).hasValue(20);
      assertThat(presence.changes()).as("three visitors come and go before two watchers").isEqualTo(12);
      assertThat(presence.seen().changes()).isEqualTo(12);
      assertThat(presence.seen().latency().getTotalCount()).isEqualTo(12);
      assertThat(presence.seen().users()).isGreaterThanOrEqualTo(4);
      assertThat(result.isFaulty()).isFalse();
      assertThat(Report.of(result)).startsWith("presence: 4 mobiles and 2 watchers, a heartbeat every 0.1 s each").contains("12 of 12 seen; 0 lost, 0 doubled")
          .contains("20 sent with the warm-up, 20 accepted by the server");
      assertThat(JsonReport.of(result)).contains("\"changesSeen\":12,").contains("\"heartbeatsAccepted\":20,");
    }
  }

  @Test
  void whatWatchersAreNotToldIsLost() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS).keepingQuietAbout(change -> change.endsWith("-500001 offline")).repeating(change -> change.endsWith("-500002 online"))) {
      Result result = presence(router);
      assertThat(result.presence().orElseThrow().lost()).isEqualTo(2);
      assertThat(result.presence().orElseThrow().seen().doubled()).isEqualTo(2);
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void aMobileThatIsSaidToBeGoneIsAFault() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> {
      throw new IllegalStateException("nothing is delivered");
    }).repeating(change -> false)) {
      Result result = presence(router, router::slander);
      assertThat(result.presence().orElseThrow().seen().unexpected()).isEqualTo(2);
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void snapshotsThatMissSomebodyOrComeLateAreFaults() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS).hiding(userId -> userId.endsWith("-000002")).eager()) {
      Result result = presence(router);
      assertThat(result.presence().orElseThrow().seen().incomplete()).isEqualTo(2);
      assertThat(result.presence().orElseThrow().seen().early()).isEqualTo(2);
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void heartbeatsThatTheServerIgnoresAreSeen() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS).ignoringEach(5)) {
      Result result = presence(router);
      assertThat(result.presence().orElseThrow().accepted()).hasValue(16);
      assertThat(result.isFaulty()).isTrue();
      assertThat(Report.of(result)).contains("! the server ignored heartbeats");
    }
  }

  @Test
  void snapshotsAreMeasuredBesideATalker() throws Exception {
    try (FakePtt router = new FakePtt(delivery -> Fate.PASS)) {
      Result result = run(router, "snapshot", "--online", "20", "--watchers", "3", "--every", "0.1", "--receivers", "2", "--rate", "50", "--seconds", "0.3");
      assertThat(result.parts()).extracting(Result.Part::name).containsExactly("before the snapshots", "in the snapshots");
      assertThat(result.parts()).allSatisfy(part -> assertThat(part.tally().delivered).isEqualTo(2 * part.tally().sent).isPositive());
      assertThat(result.crowd()).hasValueSatisfying(crowd -> assertThat(crowd.ready().getTotalCount()).isEqualTo(3));
      assertThat(result.presence().orElseThrow().seen().users()).isEqualTo(23);
      assertThat(result.presence().orElseThrow().seen().incomplete()).isZero();
      assertThat(result.isFaulty()).isFalse();
    }
  }

  private static Tally tally(Result result) {
    return result.parts().getFirst().tally();
  }

  /** Half a second of talk. */
  private static Result ptt(FakePtt router, String... more) throws InterruptedException {
    return run(router, Stream.of(new String[] {"ptt", "--rate", "100", "--seconds", "0.5"}, more).flatMap(Stream::of).toArray(String[]::new));
  }

  /** Half a second of four mobiles, two watchers and three visitors. */
  private static Result presence(FakePtt router) throws InterruptedException {
    return presence(router, () -> { });
  }

  /** @param event happens once everything is under way */
  private static Result presence(FakePtt router, Runnable event) throws InterruptedException {
    Plan plan = plan(router, "presence", "--mobiles", "4", "--watchers", "2", "--heartbeat", "0.1", "--seconds", "0.5", "--churn", "6", "--stay", "0.2");
    Thread.ofVirtual().start(() -> {
      while (router.heartbeats() == 0) {
        Thread.onSpinWait();
      }
      event.run();
    });
    return new Run(plan, line -> { }).go();
  }

  private static Result run(FakePtt router, String... arguments) throws InterruptedException {
    return new Run(plan(router, arguments), line -> { }).go();
  }

  private static Plan plan(FakePtt router, String... arguments) {
    String[] usual = {"--url", "ws://127.0.0.1:" + router.port(), "--warmup", "0", "--no-floor"};
    String[] secret = Stream.of(arguments).anyMatch("--secret"::equals) ? new String[0] : new String[] {"--secret", FakePtt.SECRET};
    return BenchOptions.parse(Stream.of(arguments, usual, secret).flatMap(Stream::of).toArray(String[]::new)).plan();
  }
}
