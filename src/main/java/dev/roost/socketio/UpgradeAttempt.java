package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Loop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A WebSocket on which a session that polls may go on: its client tries the way, and then takes it. On the loop of the server. */
final class UpgradeAttempt {
  private static final byte[] PROBE = "2probe".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UPGRADE = {EnginePacket.UPGRADE};

  private final EngineSession session;
  private final PollingConnection polling;
  private final EngineReceiver socket;
  private final Loop.Cancellable deadline;
  private boolean probed;

  UpgradeAttempt(EngineServer server, EngineSession session, PollingConnection polling, EngineReceiver socket) {
    this.session = session;
    this.polling = polling;
    this.socket = socket;
    deadline = server.loop().after(server.options().upgradeTimeout(), () -> giveUp(CloseReason.policy("Upgrade timeout")));
  }

  boolean isOf(EngineReceiver receiver) {
    return socket == receiver;
  }

  /** The client knows that this way is open. */
  boolean isProbed() {
    return probed;
  }

  /** A text message of the WebSocket. */
  void text(byte[] packet) {
    if (!probed && Arrays.equals(packet, PROBE)) {
      probed = true;
      socket.connection().send(EnginePacket.PROBE_ANSWER);
      polling.probed();
    } else if (probed && Arrays.equals(packet, UPGRADE)) {
      deadline.cancel();
      session.upgrade(polling, socket);
    } else {
      refuse();
    }
  }

  /** What came does not belong here. */
  void refuse() {
    giveUp(CloseReason.policy(EngineFault.BAD_REQUEST.text()));
  }

  /** The session goes on as it is. */
  void giveUp(CloseReason reason) {
    deadline.cancel();
    session.attemptOver();
    socket.connection().close(reason);
  }
}
