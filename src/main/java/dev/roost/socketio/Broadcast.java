package dev.roost.socketio;

import dev.roost.core.Delivery;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** An event for many, being addressed: who gets it. On the loop of the server; made for one event. */
public final class Broadcast {
  private final Namespace namespace;
  private final Set<String> rooms = new HashSet<>(2);
  private final Set<String> exceptRooms = new HashSet<>(2);
  private final Set<Socket> exceptSockets = new HashSet<>(2);

  Broadcast(Namespace namespace) {
    this.namespace = namespace;
  }

  /** Only sockets in this room, or in another one that is named. */
  public Broadcast to(String room) {
    rooms.add(room);
    return this;
  }

  /** No sockets in this room. */
  public Broadcast except(String room) {
    exceptRooms.add(room);
    return this;
  }

  /** Not this socket. */
  public Broadcast except(Socket socket) {
    exceptSockets.add(socket);
    return this;
  }

  /** Sends the event, encoded once for all; how many sockets are connected and get it now. */
  public int emit(Payload payload) {
    return namespace.send(target(), payload, Delivery.RELIABLE);
  }

  /** The same for an event that is out of date when it cannot leave soon. */
  public int emitVolatile(Payload payload) {
    return namespace.send(target(), payload, Delivery.DROPPABLE);
  }

  private Target target() {
    return new Target(Optional.empty(), Set.copyOf(rooms), Set.copyOf(exceptRooms), Set.copyOf(exceptSockets));
  }
}
