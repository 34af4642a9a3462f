package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;

/**
 * The protocol's side of one connection. All methods are called on the loop of the socket, {@link #opened} first, {@link #closed} last and exactly
 * once. After either side began to close, no more messages come.
 */
public interface Receiver {
  byte[] NOTHING = {};

  /** The upgrade is done; frames may be sent. */
  void opened(Connection connection);

  /** A whole text message, valid UTF-8; the array belongs to the receiver. */
  void text(byte[] payload);

  /** A whole binary message; the array belongs to the receiver. */
  void binary(byte[] payload);

  /** What the server's pings to this peer hold; at most 125 bytes (RFC 6455, section 5.5). */
  default byte[] pingPayload() {
    return NOTHING;
  }

  /** The peer has answered a ping. */
  default void pong() {}

  /** The connection is over, or about to be; never called from within another method of this receiver or from {@link Connection#send}. */
  void closed(CloseReason reason);
}
