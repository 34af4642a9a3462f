package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request must look like that acts for the machine of the server. */
class ThisMachineTest {

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:8080", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:80", "[::1]", "[::1]:8080"})
  void itsOwnNames(String host) {
    assertThat(isMeant("host", host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mesh.example.com", "mesh.example.com:8080", "192.168.0.7:8080", "10.0.0.1", "0.0.0.0:8080", "128.0.0.1", "[::2]", "[::ffff:127.0.0.1]", "::1", "localhost.evil.example",
      "evil.example:localhost", "127.0.0.1.evil.example", "evil-localhost", "localhost:80:80", "localhost:port", "localhost, evil.example", "user@localhost", ""})
  void otherNamesThatLeadHere(String host) {
    assertThat(isMeant("host", host)).isFalse();
  }

  @Test
  void noNameOrTwo() {
    assertThat(ThisMachine.isMeant("/", Map.of())).as("HTTP/1.0").isFalse();
    assertThat(ThisMachine.isMeant("/", Map.of("host", List.of("localhost", "evil.example")))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:8080", "https://localhost", "https://127.0.0.1", "HTTP://LOCALHOST", "http://[::1]:9000"})
  void itsOwnPages(String origin) {
    assertThat(isMeant("origin", origin)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "file://", "file:///home/ada/page.html", "https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://192.168.0.1",
      "chrome-extension://localhost", "http://evil.example:80@localhost", ""})
  void pagesOfElsewhere(String origin) {
    assertThat(isMeant("origin", origin)).isFalse();
  }

  @Test
  void oneOfTwoPagesIsOfElsewhere() {
    assertThat(ThisMachine.isMeant("/", Map.of("host", List.of("localhost"), "origin", List.of("http://localhost", "https://evil.example")))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"same-origin", "none"})
  void whatABrowserSaysOfItsOwnPageAndOfWhoSitsThere(String site) {
    assertThat(isMeant("sec-fetch-site", site)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site", "none, cross-site", "something-new", ""})
  void whatABrowserSaysOfOtherPages(String site) {
    assertThat(isMeant("sec-fetch-site", site)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"})
  void proxies(String header) {
    assertThat(isMeant(header, "localhost")).isFalse();
    assertThat(isMeant(header, "")).isFalse();
  }

  @Test
  void aTargetThatIsMeantForAProxy() {
    assertThat(ThisMachine.isMeant("http://evil.example/api", Map.of("host", List.of("localhost")))).isFalse();
    assertThat(ThisMachine.isMeant("http://localhost/api", Map.of("host", List.of("localhost")))).isFalse();
  }

  /** With the name of this machine and one more header, or another name. */
  private static boolean isMeant(String header, String value) {
    Map<String, List<String>> headers = new HashMap<>(Map.of("host", List.of("localhost:8080")));
    headers.put(header, List.of(value));
    return ThisMachine.isMeant("/", headers);
  }
}
