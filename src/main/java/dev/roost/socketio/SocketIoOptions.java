package dev.roost.socketio;

import java.time.Duration;

/**
 * How a Socket.IO server behaves.
 *
 * @param engine how its sessions behave
 * @param connectTimeout how long a session may be without any namespace; then it is closed
 * @param recoveryWindow how long a socket whose session broke may come back as the same one; zero: never
 * @param maxNamespaces namespaces of one session at the same time; one more gets a CONNECT_ERROR
 * @param maxAttachments binary attachments of one event, which together may be as long as one message; more close the session
 */
public record SocketIoOptions(EngineOptions engine, Duration connectTimeout, Duration recoveryWindow, int maxNamespaces, int maxAttachments) {
  private static final int MAX_NAMESPACES = 1_000;
  private static final int MAX_ATTACHMENTS = 10;
  /** How late timers may be, on a machine that stands still for a while. */
  private static final Duration LATENESS = Duration.ofSeconds(30);

  /** With the usual bounds. */
  public SocketIoOptions(EngineOptions engine, Duration connectTimeout, Duration recoveryWindow) {
    this(engine, connectTimeout, recoveryWindow, MAX_NAMESPACES, MAX_ATTACHMENTS);
  }

  boolean recovers() {
    return !recoveryWindow.isZero();
  }

  /**
   * After so long a frame has either reached its client, or the client is known to be gone. The answer to the ping before it may still arrive as late as it may, and only the next ping
   * finds out.
   */
  Duration surelyNoticedAfter() {
    return engine.pingInterval().plus(engine.pingTimeout().multipliedBy(2)).plus(LATENESS);
  }

  /** Bytes that a socket may have missed and still be brought back; more would fill what may wait for a client. */
  int maxMissedBytes() {
    return engine.maxQueueBytes() / 2;
  }
}
