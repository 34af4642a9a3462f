package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.transport.AllowedOrigins;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {

  @Test
  void eachChangeChangesWhatItNamesAndNothingElse() {
    EngineOptions.Cors cors = new EngineOptions.Cors("https://pages.example", true);
    AllowedOrigins origins = AllowedOrigins.parse("https://pages.example");
    EngineOptions changed = EngineOptions.DEFAULTS.withPings(Duration.ofSeconds(1), Duration.ofSeconds(2)).withBytes(3, 4).withPages(cors, origins).withSessions(5, 6, 7).withProtocol3();
    assertThat(changed).isEqualTo(new EngineOptions(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(10), 3, 4, true, cors, origins, 5, 6, 7));
  }
}
