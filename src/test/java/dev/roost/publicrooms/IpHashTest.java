package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who a visitor is: section 1.3. */
class IpHashTest {

  @Test
  @DisplayName("1.3. HMAC-SHA-256 in lower-case hex (RFC 4231, test case 2)")
  void knownAnswer() {
    assertThat(new IpHash("Jefe".getBytes(StandardCharsets.US_ASCII)).of("what do ya want for nothing?")).isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }

  @Test
  @DisplayName("22. Another key, another hash")
  void keyed() {
    IpHash one = new IpHash(new byte[] {1});
    assertThat(one.of("192.0.2.1")).isEqualTo(new IpHash(new byte[] {1}).of("192.0.2.1")).isNotEqualTo(one.of("192.0.2.2"))
        .isNotEqualTo(new IpHash(new byte[] {2}).of("192.0.2.1"));
  }

  @Test
  @DisplayName("Many loops ask at the same time")
  void threads() {
    IpHash hash = new IpHash(new byte[] {1});
    String expected = hash.of("192.0.2.1");
    Set<String> seen = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 20_000).parallel().forEach(i -> {
      hash.of("192.0.2." + i % 7);
      seen.add(hash.of("192.0.2.1"));
    });
    assertThat(seen).containsExactly(expected);
  }

  @Test
  @DisplayName("1.3. Logs show eight digits at most")
  void shown() {
    assertThat(IpHash.shown("0123456789abcdef")).isEqualTo("01234567");
    assertThat(IpHash.shown("ab")).isEqualTo("ab");
  }
}
