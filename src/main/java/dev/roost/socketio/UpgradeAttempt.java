package dev.roost.socketio;

import dev.roost.core.Loop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A WebSocket on which a session that polls may go on. On the loop of the server. */
final class UpgradeAttempt {
  private static final byte[] PROBE = "2probe".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UPGRADE = {EnginePacket.UPGRADE};

  private final EngineReceiver socket;
  private final Loop.Cancellable deadline;
  private boolean probed;

  /** What a client does next. */
  enum Step {
    PROBE,
    LAST,
    /** Nothing that belongs here. */
    NONE
  }

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

  /** What a packet is here; a probe is answered. */
  Step read(byte[] packet) {
    if (!probed && Arrays.equals(packet, PROBE)) {
      probed = true;
      socket.connection().send(EnginePacket.PROBE_ANSWER);
      return Step.PROBE;
    }
    return probed && Arrays.equals(packet, UPGRADE) ? Step.LAST : Step.NONE;
  }

  /** It has been decided. */
  void done() {
    deadline.cancel();
  }
}
