package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.socketio.Payload;
import dev.roost.socketio.PreparedEvent;
import dev.roost.socketio.Socket;
import java.util.HashMap;
import java.util.Map;

/**
 * The chat histories of rooms on their way to sockets. One is 300 KiB at most, and everybody may ask for it again and again: it is encoded once until it changes, and its bytes are shared.
 * On the rooms' loop.
 */
final class SentHistories {
  /** A longer one would fill the log for those that come back, which all rooms share. */
  static final int MAX_KEPT_BYTES = 64 << 10;

  private final boolean recovers;
  /** The last one of each room that sent any, by namespace; only rooms that exist do. */
  private final Map<String, Sent> byNamespace = new HashMap<>();

  private record Sent(ChatHistoryEvent history, Payload payload, PreparedEvent event) {}

  /** @param recovers whether sockets may come back, and then want what they missed */
  SentHistories(boolean recovers) {
    this.recovers = recovers;
  }

  /**
   * Sends a history.
   *
   * @param isFirst whether the socket has had none yet: that one is made good to a socket whose connection breaks at this moment; of repeated ones it has the first, and every message since
   */
  void send(Socket socket, ChatHistoryEvent history, boolean isFirst) {
    String namespace = socket.namespace().name();
    Sent sent = byNamespace.get(namespace);
    if (sent == null || sent.history != history) {
      Payload payload = SocketsReceiver.payload(history);
      sent = new Sent(history, payload, socket.namespace().prepare(payload));
      byNamespace.put(namespace, sent);
    }
    if (recovers && isFirst && sent.payload.arguments().getFirst().length() <= MAX_KEPT_BYTES) {
      socket.emit(sent.payload);
    } else {
      socket.emit(sent.event);
    }
  }
}
