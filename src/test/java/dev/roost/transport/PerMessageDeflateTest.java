package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7692, section 7.1: which offers are accepted, and how. */
class PerMessageDeflateTest {
  private static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  @ParameterizedTest
  @ValueSource(strings = {
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate;client_max_window_bits=8",
    "permessage-deflate ; client_max_window_bits = 15",
    "permessage-deflate; client_max_window_bits=\"10\"",
    "permessage-deflate; client_max_window_bits=\"1\\0\"",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits",
    ", ,permessage-deflate,",
    "\tpermessage-deflate\t",
    "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits",
    "mux; max-channels=4; flow-control, permessage-deflate",
    "mux; quoted=\"per-message\", permessage-deflate",
  })
  void accepted(String header) {
    assertThat(PerMessageDeflate.answer(List.of(header))).contains(ANSWER);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "permessage-deflate; server_max_window_bits=15",
    "permessage-deflate; client_max_window_bits; server_max_window_bits=\"15\"",
    "permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=15, permessage-deflate",
  })
  void theWindowThatIsAskedForIsRepeated(String header) {
    assertThat(PerMessageDeflate.answer(List.of(header))).contains(ANSWER + "; server_max_window_bits=15");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "",
    "permessage-bzip2",
    "Permessage-Deflate",
    "permessage-deflate-frame",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=14",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=015",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=08",
    "permessage-deflate; client_max_window_bits=abc",
    "permessage-deflate; client_max_window_bits=-9",
    "permessage-deflate; server_no_context_takeover=true",
    "permessage-deflate; client_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
    "permessage-deflate; unknown",
    "permessage-deflate; client_max_window_bits; unknown=1",
  })
  void declined(String header) {
    assertThat(PerMessageDeflate.answer(List.of(header))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "permessage-deflate;",
    "permessage-deflate;;client_max_window_bits",
    "permessage-deflate; client_max_window_bits=",
    "permessage-deflate; client_max_window_bits=\"",
    "permessage-deflate; client_max_window_bits=\"10",
    "permessage-deflate; client_max_window_bits=\"10\\",
    "permessage-deflate; client_max_window_bits=\"\"",
    "permessage-deflate; client_max_window_bits=\" 10\"",
    "permessage-deflate; client_max_window_bits=\"10\"0",
    "permessage-deflate; =10",
    "permessage-deflate client_max_window_bits",
    "permessage-deflate, @",
    "; permessage-deflate",
    "permessage-deflate; x=\"a,b\"",
    "permessage-defl\u00e4te",
  })
  void malformed(String header) {
    assertThat(PerMessageDeflate.answer(List.of(header))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "permessage-deflate; server_max_window_bits=10|permessage-deflate",
    "permessage-deflate; unknown|permessage-deflate; client_max_window_bits",
    "x-other|permessage-deflate",
  })
  void theFirstOfferThatCanBeAcceptedIs(String first, String second) {
    assertThat(PerMessageDeflate.answer(List.of(first, second))).as("two lines").contains(ANSWER);
    assertThat(PerMessageDeflate.answer(List.of(first + ", " + second))).as("one line").contains(ANSWER);
    assertThat(PerMessageDeflate.answer(List.of(first))).isEmpty();
  }

  @Test
  void withoutAHeaderThereIsNothing() {
    assertThat(PerMessageDeflate.answer(List.of())).isEmpty();
  }

  @Test
  void aLongHeaderIsReadOnce() {
    assertThat(PerMessageDeflate.answer(List.of("permessage-deflate; x, ".repeat(700) + "permessage-deflate"))).contains(ANSWER);
    assertThat(PerMessageDeflate.answer(List.of("permessage-deflate; x=\"" + "\\a".repeat(8_000) + "\", permessage-deflate"))).contains(ANSWER);
  }
}
