package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressTest {

  @ParameterizedTest
  @CsvSource({"192.0.2.1, 192.0.2.1", "::ffff:192.0.2.1, 192.0.2.1", "2001:DB8:0:0:0:0:0:1, 2001:db8::1", "::1, ::1", "[::1], ::1", "' 10.0.0.1 ', 10.0.0.1"})
  @DisplayName("Every way to write an address has one form")
  void canonical(String written, String form) {
    assertThat(ClientAddress.canonical(written)).contains(form);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "10.1", "2130706433", "1.2.3.4.5", "256.0.0.1", "1.2.3.4/8", "::1::", "x"})
  @DisplayName("What is no address is none")
  void none(String text) {
    assertThat(ClientAddress.canonical(text)).isEmpty();
  }
}
