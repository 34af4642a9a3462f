package dev.roost.socketio;

/** Why a socket left its namespace. */
public enum DisconnectReason {
  CLIENT_LEFT("client namespace disconnect"),
  SERVER_LEFT("server namespace disconnect"),
  TRANSPORT_CLOSE("transport close"),
  TRANSPORT_ERROR("transport error"),
  PING_TIMEOUT("ping timeout"),
  PARSE_ERROR("parse error"),
  FORCED("forced close"),
  SLOW_CONSUMER("slow consumer"),
  SHUTTING_DOWN("server shutting down");

  private final String text;

  DisconnectReason(String text) {
    this.text = text;
  }

  /** In the words of the reference implementation, where it has some. */
  public String text() {
    return text;
  }

  static DisconnectReason of(EngineClose close) {
    return valueOf(close.name());
  }

  /** Whether the client may mean to come back: it did not leave, and was not sent away. */
  boolean isBreak() {
    return switch (this) {
      case TRANSPORT_CLOSE, TRANSPORT_ERROR, PING_TIMEOUT, SLOW_CONSUMER -> true;
      case CLIENT_LEFT, SERVER_LEFT, PARSE_ERROR, FORCED, SHUTTING_DOWN -> false;
    };
  }
}
