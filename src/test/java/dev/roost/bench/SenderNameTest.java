package dev.roost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SenderNameTest {
  @Test
  void theNamedSenderIsTheOneOrAnother() {
    SenderName name = of("mesh").orElseThrow();
    assertThat(isOf(name, 7, "{\"fromId\":\"b0a0b0c-000007\"}")).isTrue();
    assertThat(isOf(name, 7, "{\"more\":1,\"fromId\":\"b0a0b0c-000007\"}")).as("elsewhere").isTrue();
    assertThat(isOf(name, 7, "{\"fromId\":\"b0a0b0c-000007")).as("at the end").isTrue();
    assertThat(isOf(name, 7, "{\"fromId\":\"b0a0b0c-000070\"}")).isFalse();
    assertThat(isOf(name, 7, "{\"fromId\":\"b0a0b0d-000007\"}")).as("another run").isFalse();
    assertThat(isOf(name, 7, "{\"fromId\":\"b0a0b0c-00000")).as("cut off").isFalse();
    assertThat(isOf(name, 7, "{}")).as("nobody").isFalse();
  }

  @Test
  void sendersComeBehindReceivers() {
    SenderName name = of("fanout", "--protocol", "mesh", "--receivers", "20").orElseThrow();
    assertThat(isOf(name, 0, "{\"fromId\":\"b0a0b0c-000020\"}")).isTrue();
  }

  @Test
  void namesThatTheToolDidNotGiveAreNotCompared() {
    assertThat(of("rooms")).isEmpty();
    assertThat(of("mesh", "--url", "ws://h:1/?organizationId=a&clientId=u{user}")).isEmpty();
  }

  private static Optional<SenderName> of(String... arguments) {
    return SenderName.of(BenchOptions.parse(arguments).plan(), "0a0b0c");
  }

  private static boolean isOf(SenderName name, int sender, String text) {
    byte[] bytes = ("before" + text).getBytes(StandardCharsets.UTF_8);
    return name.isOf(sender, ByteBuffer.wrap(bytes), "before".length(), bytes.length);
  }
}
