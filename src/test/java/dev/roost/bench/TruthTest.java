package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.bench.FakeRelay.Fate;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tool says what a server did that is known to have done it. */
@Timeout(30)
class TruthTest {
  private static final long DELAYED_NANOS = FakeRelay.DELAY_MILLIS * 1_000_000;

  @Test
  void anHonestServerIsReportedAsOne() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      Result result = fanout(relay, 4, 1_000);
      Tally tally = result.parts().getFirst().tally();
      assertThat(tally.sent).isEqualTo(500);
      assertThat(tally.delivered).isEqualTo(2_000);
      assertThat(tally.latency.getTotalCount()).isEqualTo(2_000);
      assertThat(tally.reordered).isZero();
      assertThat(result.isFaulty()).isFalse();
      assertThat(result.parts().getFirst().unsent()).isZero();
    }
  }

  @Test
  void everyHundredthDeliveryDroppedIsOnePerCentLost() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> delivery % 100 == 50 ? Fate.DROP : Fate.PASS)) {
      Result result = fanout(relay, 4, 1_000);
      Result.Part part = result.parts().getFirst();
      assertThat(part.expected()).isEqualTo(2_000);
      assertThat(part.lost()).isEqualTo(20);
      assertThat(part.tally().delivered).isEqualTo(1_980);
      assertThat(part.tally().duplicated).isZero();
      assertThat(part.tally().reordered).isZero();
      assertThat(Report.of(result)).contains("20 (1.000 %)");
    }
  }

  @Test
  void everyTwentiethDeliveryDelayedShowsInItsPercentilesOnly() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> delivery % 20 == 10 ? Fate.DELAY : Fate.PASS)) {
      Tally tally = fanout(relay, 4, 1_000).parts().getFirst().tally();
      assertThat(tally.delivered).isEqualTo(4 * tally.sent);
      assertThat(tally.latency.getCountBetweenValues(DELAYED_NANOS, tally.latency.getMaxValue())).isEqualTo(howMany(tally.delivered, 20, 10));
      assertThat(tally.latency.getValueAtPercentile(94.9)).isLessThan(DELAYED_NANOS);
      assertThat(tally.latency.getValueAtPercentile(95.1)).isGreaterThanOrEqualTo(DELAYED_NANOS);
      // Everything else has long come when they do.
      assertThat(tally.reordered).isEqualTo(howMany(tally.delivered, 20, 10));
    }
  }

  @Test
  void doublesAndSwapsAreCounted() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> delivery % 50 == 25 ? Fate.TWICE : delivery % 50 == 35 ? Fate.AFTER_THE_NEXT : Fate.PASS)) {
      Result result = fanout(relay, 1, 1_000);
      Tally tally = result.parts().getFirst().tally();
      assertThat(tally.delivered).isEqualTo(tally.sent);
      assertThat(tally.duplicated).isEqualTo(howMany(tally.sent, 50, 25));
      assertThat(tally.reordered).isEqualTo(howMany(tally.sent, 50, 35));
      assertThat(result.parts().getFirst().lost()).isZero();
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void messagesThatWaitBehindAStallCountTheirWait() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS).stallingAt(100, 200)) {
      Tally tally = fanout(relay, 1, 1_000).parts().getFirst().tally();
      assertThat(tally.delivered).isEqualTo(tally.sent);
      // 200 messages fall into the stall and wait from 200 ms down to nothing. A client that waits for answers would have seen one slow message.
      assertThat(tally.latency.getCountBetweenValues(100_000_000, tally.latency.getMaxValue())).isGreaterThanOrEqualTo(95);
      assertThat(tally.latency.getCountBetweenValues(180_000_000, tally.latency.getMaxValue())).isGreaterThanOrEqualTo(15);
    }
  }

  @Test
  void whatTheServerDidNotTakeInTimeIsNotTheToolsFault() throws Exception {
    try (ServerSocket small = new ServerSocket()) {
      small.setReceiveBufferSize(16_384);
      small.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      AtomicReference<FakeRelay> relay = new AtomicReference<>();
      relay.set(new FakeRelay(small, delivery -> {
        if (delivery == 20) {
          relay.get().readNothing(300);
        }
        return Fate.PASS;
      }));
      try (FakeRelay closed = relay.get()) {
        Tally tally = run("fanout", "--protocol", "plain", "--url", url(closed), "--receivers", "1", "--rate", "500", "--bytes", "60000", "--seconds", "0.5",
            "--warmup", "0",
            "--no-floor").parts().getFirst().tally();
        assertThat(tally.delivered).isEqualTo(250);
        assertThat(tally.heldBack).isPositive();
        assertThat(tally.sendLag.getTotalCount()).isEqualTo(250 - tally.heldBack);
        assertThat(tally.latency.getMaxValue()).isGreaterThan(200_000_000);
      }
    }
  }

  @Test
  void roomsHearTheOthersWhereverTcpCuts() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS).cuttingFrames()) {
      Result result = run("rooms", "--protocol", "plain", "--url", url(relay), "--users", "4", "--rate", "50", "--seconds", "0.4", "--warmup", "0.1",
          "--no-floor", "--threads", "2");
      Result.Part part = result.parts().getFirst();
      assertThat(part.tally().sent).isEqualTo(80);
      assertThat(part.tally().delivered).isEqualTo(240);
      assertThat(result.isFaulty()).isFalse();
      assertThat(result.oddities().ended()).isZero();
    }
  }

  @Test
  void messagesOfAnotherRoomAreStrays() throws Exception {
    // The relay knows no rooms: everybody hears everything.
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      Result result = run("rooms", "--protocol", "plain", "--url", url(relay), "--rooms", "2", "--users", "2", "--rate", "50", "--seconds", "0.2", "--warmup",
          "0", "--no-floor");
      assertThat(result.parts().getFirst().tally().delivered).isEqualTo(40);
      assertThat(result.oddities().strays()).isEqualTo(80);
      assertThat(result.isFaulty()).isTrue();
    }
  }

  @Test
  void saturationIsWithoutLossAndStopsInTime() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      Result result = run("fanout", "--protocol", "plain", "--url", url(relay), "--receivers", "3", "--saturate", "--seconds", "0.5", "--warmup", "0.2");
      assertThat(result.parts().getFirst().tally().delivered).isEqualTo(3 * result.parts().getFirst().tally().sent).isPositive();
      assertThat(result.floor()).hasValueSatisfying(floor -> assertThat(floor.sendMicros()).isPositive());
      assertThat(Report.of(result)).contains("means nothing at saturation");
    }
  }

  @Test
  void aStormIsMeasuredBesideTheOthers() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      Result result = run("storm", "--protocol", "plain", "--url", url(relay), "--users", "3", "--rate", "50", "--seconds", "0.3", "--warmup", "0",
          "--connections", "50",
          "--at-once", "10", "--no-floor", "--threads", "2");
      assertThat(result.parts()).extracting(Result.Part::name).containsExactly("before the storm", "in the storm");
      assertThat(result.parts()).allSatisfy(part -> assertThat(part.tally().delivered).isEqualTo(2 * part.tally().sent).isPositive());
      assertThat(result.crowd()).hasValueSatisfying(crowd -> {
        assertThat(crowd.opened()).isEqualTo(50);
        assertThat(crowd.connect().getTotalCount()).isEqualTo(50);
      });
    }
  }

  @Test
  void tlsWorksWithACertificateThatNobodySignedIfThatIsAskedFor() throws Exception {
    X509Bundle certificate = new CertificateBuilder().subject("CN=somebody else").setIsCertificateAuthority(true).buildSelfSigned();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
    ServerSocket server = context.getServerSocketFactory().createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    try (FakeRelay relay = new FakeRelay(server, delivery -> Fate.PASS)) {
      String[] load = {"fanout", "--protocol", "plain", "--url", "wss://127.0.0.1:" + relay.port(), "--receivers", "2", "--rate", "100", "--seconds", "0.3",
          "--warmup", "0",
          "--no-floor"};
      String[] insecure = Arrays.copyOf(load, load.length + 1);
      insecure[load.length] = "--insecure";
      Result result = run(insecure);
      assertThat(result.parts().getFirst().tally().delivered).isEqualTo(60);
      assertThat(result.isFaulty()).isFalse();
      assertThatThrownBy(() -> run(load)).isInstanceOf(BenchException.class).hasMessageContaining("certification path");
    }
  }

  @Test
  void nobodyToConnectToIsSaidInOneLine() throws Exception {
    int port;
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      port = relay.port();
    }
    assertThatThrownBy(() -> run("idle", "--connections", "3", "--url", "ws://127.0.0.1:" + port)).isInstanceOf(BenchException.class)
        .hasMessageContaining("no connection to ws://127.0.0.1:" + port + " could be opened").hasMessageContaining("refused");
  }

  @Test
  void anAwaitedTextThatNeverComesIsNamed() throws Exception {
    try (FakeRelay relay = new FakeRelay(delivery -> Fate.PASS)) {
      assertThatThrownBy(() -> run("fanout", "--protocol", "plain", "--url", url(relay), "--receivers", "1", "--opening", "{\"join\":\"{room}\"}", "--await",
          "joined",
          "--open-limit", "0.2", "--no-floor")).isInstanceOf(BenchException.class).hasMessageContaining("nothing came that contains joined");
    }
  }

  /** Of so many deliveries, those whose number leaves this remainder; on a busy machine the last messages that were due may not be sent any more. */
  private static long howMany(long deliveries, int each, int remainder) {
    return LongStream.range(0, deliveries).filter(delivery -> delivery % each == remainder).count();
  }

  private static Result fanout(FakeRelay relay, int receivers, int rate) throws InterruptedException {
    return run("fanout", "--protocol", "plain", "--url", url(relay), "--receivers", Integer.toString(receivers), "--rate", Integer.toString(rate), "--seconds",
        "0.5",
        "--warmup", "0", "--no-floor");
  }

  private static Result run(String... arguments) throws InterruptedException {
    return new Run(BenchOptions.parse(arguments).plan(), line -> { }).go();
  }

  private static String url(FakeRelay relay) {
    return "ws://127.0.0.1:" + relay.port();
  }
}
