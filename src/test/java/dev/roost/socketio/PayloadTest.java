package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {

  @ParameterizedTest
  @ValueSource(strings = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
  void whatClientsKeepForThemselvesIsNoEvent(String name) {
    assertThat(Payload.isEventName(name)).isFalse();
    assertThatThrownBy(() -> Payload.of(name)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name);
    assertThatThrownBy(() -> Payload.of(name, List.of(), List.of())).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name);
  }

  @Test
  void allElseIsOne() {
    assertThat(List.of("message", "Connect", "error", "ping", "")).allMatch(Payload::isEventName);
    assertThat(Payload.of("a \"b\"").name()).hasToString("\"a \\\"b\\\"\"");
  }
}
