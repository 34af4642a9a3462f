package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.Optional;

/**
 * What an application does with the sockets of a namespace. All methods are called on the loop of the server, and must not block. Of one socket: {@link #refusal}, {@link #connected},
 * then events, {@link #interrupted} and {@link #resumed} by turns, and {@link #disconnected} exactly once at the end.
 */
public interface NamespaceHandler {

  /**
   * Why a client may not connect.
   *
   * @param address the address of the client
   * @param auth what the client shows, an object; absent if nothing
   * @return the message of the CONNECT_ERROR; empty if it may connect
   */
  default Optional<String> refusal(String address, RawJson auth) {
    return Optional.empty();
  }

  /**
   * A socket is there; the client knows it when the first event comes.
   *
   * @param auth as in {@link #refusal}
   */
  void connected(Socket socket, RawJson auth);

  /** The client sent an event. */
  void event(Socket socket, Event event);

  /** Whether sockets may come back after a break, where the server has a window for it. What is sent in such a namespace has an offset as its last argument. */
  default boolean recovers() {
    return true;
  }

  /** The session of the socket broke; it may come back, and what is sent to it meanwhile is kept. Nothing of one that is not wanted back is kept after {@link Socket#disconnect} here. */
  default void interrupted(Socket socket) {}

  /** Whether a client at this address that knows the secret of a socket may be that socket; if not, it gets a new one, and the other goes on as it is. */
  default boolean mayClaim(Socket socket, String address) {
    return true;
  }

  /** Whether a socket may come back now; if not, it is over, and its client gets a new one. */
  default boolean mayResume(Socket socket) {
    return true;
  }

  /** The socket is back, with its id, its rooms, and every event that it missed. */
  default void resumed(Socket socket) {}

  /** The socket is gone; never called from within a call to it. */
  void disconnected(Socket socket, DisconnectReason reason);
}
