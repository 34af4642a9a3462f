package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitedReceiverTest {
  private final SimLoop loop = new SimLoop();
  private final SimConnection connection = new SimConnection(loop);
  private final List<String> events = new ArrayList<>();
  private final Probe probe = new Probe();

  @Test
  void textAndBinaryWithinTheRateAreTaken() {
    probe.text(utf8("{}"));
    probe.binary(utf8("ü"));
    assertThat(events).containsExactly("connected", "{}", "ü");
  }

  @Test
  void binaryThatIsNotUtf8IsAnEmptyMessage() {
    probe.binary(new byte[] {(byte) 0xff, 'x'});
    assertThat(events).containsExactly("connected", "");
  }

  @Test
  void ofABurstTheRestIsDroppedAndSaidOnceASecond() {
    for (int i = 0; i < 100; i++) {
      probe.text(utf8("t"));
    }
    assertThat(events).hasSize(22).endsWith("t", "limited");
    loop.passMillis(999);
    assertThat(count("limited")).isEqualTo(1);
    for (int i = 0; i < 30; i++) {
      probe.text(utf8("t"));
    }
    assertThat(count("limited")).as("999 ms later").isEqualTo(1);
    loop.passMillis(1);
    probe.text(utf8("t"));
    probe.text(utf8("t"));
    assertThat(count("limited")).isEqualTo(2);
    assertThat(connection.closed()).isEmpty();
  }

  @Test
  void whoStaysAboveTheRateIsClosed() {
    for (int i = 0; i < 1_000 && connection.closed().isEmpty(); i++) {
      probe.binary(utf8("t"));
      loop.passMillis(20);
    }
    assertThat(connection.closed()).hasValue(CloseReason.policy("Too many messages"));
    assertThat(Duration.ofNanos(loop.nanos())).isBetween(Duration.ofMillis(5_000), Duration.ofMillis(5_600));
  }

  @Test
  void aReceiverMayCountAndJudgeByItself() {
    int within = 0;
    for (int i = 0; i < 100; i++) {
      within += probe.mayPass() ? 1 : 0;
    }
    assertThat(within).isEqualTo(20);
    assertThat(events).containsExactly("connected", "limited");
  }

  @Test
  void faultsAreAnsweredOnceASecond() {
    assertThat(probe.mayAnswer()).isTrue();
    loop.passMillis(999);
    assertThat(probe.mayAnswer()).isFalse();
    loop.passMillis(1);
    assertThat(probe.mayAnswer()).isTrue();
  }

  private long count(String event) {
    return events.stream().filter(event::equals).count();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ten a second, twenty at once, five seconds of abuse. */
  private final class Probe extends LimitedReceiver {

    Probe() {
      super(new Rate(10, 20, Duration.ofSeconds(5)));
      opened(connection);
    }

    @Override
    protected void connected(Connection opened) {
      assertThat(opened).isSameAs(connection).isSameAs(connection());
      events.add("connected");
    }

    @Override
    protected void accepted(byte[] json) {
      events.add(new String(json, StandardCharsets.UTF_8));
    }

    @Override
    protected void limited() {
      events.add("limited");
    }

    @Override
    public void closed(CloseReason reason) {
      events.add("closed");
    }

    boolean mayPass() {
      return isWithinRate();
    }

    boolean mayAnswer() {
      return mayAnswerFault();
    }
  }
}
