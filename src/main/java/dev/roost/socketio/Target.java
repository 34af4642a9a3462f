package dev.roost.socketio;

import java.util.Optional;
import java.util.Set;

/**
 * Whom an event of a namespace is for.
 *
 * @param socket the one socket; empty if it is for several
 * @param rooms sockets in one of these rooms; empty: everybody
 * @param exceptRooms but not sockets in one of these
 * @param exceptSockets and not these
 */
record Target(Optional<Socket> socket, Set<String> rooms, Set<String> exceptRooms, Set<Socket> exceptSockets) {
  static final Target EVERYBODY = new Target(Optional.empty(), Set.of(), Set.of(), Set.of());

  static Target of(Socket socket) {
    return new Target(Optional.of(socket), Set.of(), Set.of(), Set.of());
  }

  boolean hasExceptions() {
    return !exceptRooms.isEmpty() || !exceptSockets.isEmpty();
  }

  /** Whether an event of this number was for a socket; it may be in other rooms now. */
  boolean included(Socket receiver, long number) {
    if (socket.isPresent()) {
      return socket.get() == receiver;
    }
    boolean isMeant = rooms.isEmpty() || rooms.stream().anyMatch(room -> receiver.wasIn(room, number));
    return isMeant && !exceptSockets.contains(receiver) && exceptRooms.stream().noneMatch(room -> receiver.wasIn(room, number));
  }
}
