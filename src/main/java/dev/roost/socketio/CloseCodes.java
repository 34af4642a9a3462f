package dev.roost.socketio;

import dev.roost.core.CloseReason;

/** What the end of a session is called on a WebSocket, and the other way round. */
final class CloseCodes {
  private static final int NORMAL = 1000;

  private CloseCodes() {}

  static CloseReason of(EngineClose reason) {
    return switch (reason) {
      case SHUTTING_DOWN -> CloseReason.GOING_AWAY;
      case PARSE_ERROR, TRANSPORT_ERROR -> CloseReason.policy(reason.text());
      case SLOW_CONSUMER -> CloseReason.SLOW_CONSUMER;
      case TRANSPORT_CLOSE, PING_TIMEOUT, FORCED -> new CloseReason(NORMAL, reason.text());
    };
  }

  /** Who broke a rule of WebSocket, or exceeded a bound, is told so by these codes; a client may say them, too, which is as well. */
  static EngineClose meaningOf(CloseReason reason) {
    if (reason == CloseReason.SLOW_CONSUMER) {
      return EngineClose.SLOW_CONSUMER;
    }
    return switch (reason.code()) {
      case 1002, 1003, 1007, 1008, 1009, 1011 -> EngineClose.TRANSPORT_ERROR;
      default -> EngineClose.TRANSPORT_CLOSE;
    };
  }
}
