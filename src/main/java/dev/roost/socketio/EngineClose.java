package dev.roost.socketio;

/**
 * Why a session ended.
 */
public enum EngineClose {
  /** The client ended it, or its connection is gone. */
  TRANSPORT_CLOSE("transport close"),
  /** The client broke a rule of the protocol on its carrier. */
  TRANSPORT_ERROR("transport error"),
  /** No answer to a ping. */
  PING_TIMEOUT("ping timeout"),
  /** What the client sent is no packet. */
  PARSE_ERROR("parse error"),
  /** This side ended it. */
  FORCED("forced close"),
  /** The client takes too little of what is sent to it. */
  SLOW_CONSUMER("slow consumer"),
  /** The server stops. */
  SHUTTING_DOWN("server shutting down");

  private final String text;

  EngineClose(String text) {
    this.text = text;
  }

  /** In the words of the reference implementation, where it has some. */
  public String text() {
    return text;
  }
}
