package dev.roost.socketio;

import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;

/**
 * One Engine.IO session, whatever carries it. On the loop of its server.
 *
 * <p>What is sent is a frame: a text frame whose payload is a whole Engine.IO packet of type message ({@code 4…}), or a binary frame with the bytes of a binary message. Each carrier makes
 * of it what it needs.
 */
public interface EngineSocket {

  /** Cannot be guessed; other clients must not learn it. */
  String id();

  /** The version of the protocol: 4, or 3. */
  int protocol();

  /** The address of the client that opened the session, in canonical form. */
  String address();

  /**
   * What carries the session now: frames that are handed to it, directly or by an {@link dev.roost.core.Audience}, reach the client in order. Another one after an upgrade, see
   * {@link EngineListener#moved}.
   */
  Connection connection();

  /** Sends a frame by the present carrier. */
  default void send(Frame frame, Delivery delivery) {
    connection().send(frame, delivery);
  }

  /** The client has done what it came for: its session no longer counts as a handshake that leads nowhere. */
  void confirm();

  /** The client has left all that it came for: its session counts as such a handshake again. */
  void unconfirm();

  /** Ends the session; what was sent before still goes out. The listener hears of it later, as a task of its own. */
  void close(EngineClose reason);
}
