package dev.roost.socketio;

import dev.roost.core.Loop;

/** A WebSocket on which a session that polls may go on. On the loop of the server. */
final class UpgradeAttempt {
  private final EngineReceiver socket;
  private final Loop.Cancellable deadline;
  private boolean probed;

  UpgradeAttempt(EngineReceiver socket, Loop.Cancellable deadline) {
    this.socket = socket;
    this.deadline = deadline;
  }

  EngineReceiver socket() {
    return socket;
  }

  /** The client knows that this way is open. */
  boolean isProbed() {
    return probed;
  }

  void probed() {
    probed = true;
    socket.connection().send(EnginePacket.PROBE_ANSWER);
  }

  /** It has been decided. */
  void done() {
    deadline.cancel();
  }
}
