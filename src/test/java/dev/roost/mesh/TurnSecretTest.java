package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.MeshMessages.TurnAccess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access to TURN servers, beside values that OpenSSL computed ({@code openssl dgst -sha1 -hmac}). */
class TurnSecretTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<String> URLS = List.of("turn:a.example:3478", "turns:a.example");

  private static TurnAccess access(String secret, Duration validity, String clientId, Instant now) {
    return new TurnSecret(secret, URLS, validity).accessFor(clientId, now);
  }

  @Test
  @DisplayName("User name: when it ends and the device; password: its HMAC")
  void access() {
    assertThat(access("north", Duration.ofHours(12), "D1", NOW)).isEqualTo(new TurnAccess(URLS, "1767268800:D1", "0+JRLrfzKyUI+prSofyb1IDZ3sg=", NOW.plusSeconds(43_200)));
  }

  @Test
  @DisplayName("A secret longer than a block, and one that is not ASCII")
  void secrets() {
    assertThat(access("k".repeat(100), Duration.ofSeconds(1), "x", NOW).credential()).isEqualTo("/EhfTeNqSl2Qyj8Mirh3DH75idk=");
    assertThat(access("sécret 😀", Duration.ofHours(1), "D1", NOW).credential()).isEqualTo("/wnXdPUQCNp4wzkun532hNZQvkI=");
  }

  @Test
  @DisplayName("It ends in a whole second, and never later than it may")
  void wholeSeconds() {
    TurnAccess access = access("north", Duration.ofMillis(1_500), "D1", NOW.plusMillis(700));

    assertThat(access.expires()).isEqualTo(NOW.plusSeconds(2));
    assertThat(access.username()).startsWith("1767225602:");
  }

  @Test
  @DisplayName("Another device, another time, another secret: another password")
  void different() {
    String credential = access("north", Duration.ofHours(12), "D1", NOW).credential();

    assertThat(List.of(access("north", Duration.ofHours(12), "D2", NOW).credential(), access("north", Duration.ofHours(12), "D1", NOW.plusSeconds(1)).credential(),
        access("North", Duration.ofHours(12), "D1", NOW).credential())).doesNotContain(credential).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"D1", "ada@example.org", "a.b_c:d-9", "00112233-4455"})
  @DisplayName("An id that TURN servers take stays what it is")
  void plain(String clientId) {
    assertThat(access("north", Duration.ofHours(12), clientId, NOW).username()).isEqualTo("1767268800:" + clientId);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Zoe phone", "Zoë", "\"1\"", "it's", "a\\b", "union select", "UNION", "Selection", "€128", "a\tb", "😀"})
  @DisplayName("Another one becomes something that they take, in 512 bytes, always the same and its own")
  void unusable(String clientId) {
    String id = clientId.equals("€128") ? "€".repeat(128) : clientId;
    String username = access("north", Duration.ofHours(12), id, NOW).username();

    assertThat(username).startsWith("1767268800:").matches("[A-Za-z0-9:_-]+").doesNotContainIgnoringCase("union").doesNotContainIgnoringCase("select");
    assertThat(username.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(512);
    assertThat(username).isEqualTo(access("north", Duration.ofHours(12), id, NOW).username()).isNotEqualTo(access("north", Duration.ofHours(12), id + "!", NOW).username());
  }

  @Test
  @DisplayName("The longest id that stays as it is fits as well")
  void longest() {
    assertThat(access("north", Duration.ofHours(12), "x".repeat(128), NOW).username()).hasSize(11 + 128);
  }
}
