package dev.roost.socketio;

import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonIn;
import java.util.Optional;

/**
 * What a client shows that wants to be the socket that it was, within the payload of its CONNECT.
 *
 * @param pid the secret of the socket
 * @param offset the last argument of the last event that it got; none if it got none
 */
record RecoveryRequest(Optional<String> pid, Optional<String> offset) {

  static RecoveryRequest of(RawJson auth) {
    Parts parts = new Parts();
    JsonIn.readObject(auth, parts::property);
    return new RecoveryRequest(parts.pid, parts.offset);
  }

  private static final class Parts {
    private Optional<String> pid = Optional.empty();
    private Optional<String> offset = Optional.empty();

    void property(String name, JsonIn value) {
      switch (name) {
        case "pid" -> pid = value.text();
        case "offset" -> offset = value.text();
        default -> { }
      }
    }
  }
}
