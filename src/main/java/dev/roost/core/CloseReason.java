package dev.roost.core;

/**
 * Why a connection ended: a WebSocket close code (RFC 6455, section 7.4) and a text for people.
 *
 * @param code the code on the wire, or one of {@link #NO_STATUS} and {@link #ABNORMAL}, which never travel
 * @param text at most 123 bytes of UTF-8
 */
public record CloseReason(int code, String text) {
  /** The peer's close frame held no code. */
  public static final int NO_STATUS = 1005;
  /** The connection ended without a close frame. */
  public static final int ABNORMAL = 1006;

  public static final CloseReason GOING_AWAY = new CloseReason(1001, "Server shutting down");
  public static final CloseReason MESSAGE_TOO_BIG = new CloseReason(1009, "Message too big");
  public static final CloseReason SLOW_CONSUMER = new CloseReason(1013, "Slow consumer");
  public static final CloseReason LOST = new CloseReason(ABNORMAL, "Connection lost");
  public static final CloseReason SILENT = new CloseReason(ABNORMAL, "No sign of life");

  /** RFC 6455, section 7.4.1: a protocol error. */
  public static CloseReason protocolError(String text) {
    return new CloseReason(1002, text);
  }

  /** RFC 6455, section 7.4.1: the peer broke a rule of the application. */
  public static CloseReason policy(String text) {
    return new CloseReason(1008, text);
  }

  /** RFC 6455, section 7.4.1 and its registry: try again later. */
  public static CloseReason tryAgainLater(String text) {
    return new CloseReason(1013, text);
  }
}
