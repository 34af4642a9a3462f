package dev.roost.socketio;

import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One client in one namespace. On the loop of the server.
 *
 * <p>What is sent reaches the client in order and exactly once while its session lasts. A socket whose session broke may come back, where the namespace recovers: then it is the same
 * object, with its id, its rooms and every event that was sent to it meanwhile.
 */
public final class Socket {

  private enum State { CONNECTED, INTERRUPTED, GONE }

  private final String id;
  private final Namespace namespace;
  private final String address;
  /** What the client shows when it comes back; empty where nobody may. */
  private final String secret;
  /** Where the log of the namespace stood when this socket connected. */
  private final long start;

  private State state = State.CONNECTED;
  private ClientSession session;
  private Loop.Cancellable expiry = Loop.Cancellable.NONE;
  /** When its break was noticed, in the loop's nanoseconds. */
  private long brokenAt;
  /** What it got again when it came back; null if nothing. */
  private EventLog.Resent resent;
  /** With the number of the event behind which each was joined. Most sockets are in one. */
  private Map<String, Long> rooms = Map.of();
  /** Rooms that were left and may still concern an event that was missed. */
  private List<Stay> past = List.of();
  private Acknowledgements acknowledgements;
  private Object attachment;

  /** In a room for the events behind {@code from}, up to {@code to}. */
  private record Stay(String room, long from, long to) {}

  Socket(String id, Namespace namespace, ClientSession session, String secret, long start) {
    this.id = id;
    this.namespace = namespace;
    this.session = session;
    this.secret = secret;
    this.start = start;
    address = session.address();
  }

  /** Known to the client, and no secret: it gives access to nothing. Only with clients of protocol 4 it holds the id of their session, and other clients must not learn it. */
  public String id() {
    return id;
  }

  public Namespace namespace() {
    return namespace;
  }

  /** The address of the client when it connected, in canonical form. */
  public String address() {
    return address;
  }

  /** Whether the client is one of protocol 4, which Socket.IO 2 speaks; false while its session is broken. In such a client {@code ping} and {@code pong} are no names for events. */
  public boolean isOld() {
    return session != null && session.isOld();
  }

  /** What the application has attached; null if nothing. */
  public Object attachment() {
    return attachment;
  }

  /** Attaches what belongs to this socket. */
  public void attach(Object object) {
    attachment = object;
  }

  /** Whether there is a session to carry what is sent. */
  public boolean isConnected() {
    return state == State.CONNECTED;
  }

  // ---- Sending

  /** Sends an event; nothing happens when the socket is gone. */
  public void emit(Payload payload) {
    if (state != State.GONE) {
      namespace.send(Target.of(this), payload, Delivery.RELIABLE);
    }
  }

  /** Sends an event that is out of date when it cannot leave soon: it is dropped first when too much waits for the client. */
  public void emitVolatile(Payload payload) {
    if (state != State.GONE) {
      namespace.send(Target.of(this), payload, Delivery.DROPPABLE);
    }
  }

  /** Sends an event, if there is a session to carry it now; a break of the session loses it. @throws IllegalArgumentException if it is not of this namespace */
  public void emit(PreparedEvent event) {
    deliver(event.packet(namespace), Delivery.RELIABLE);
  }

  /** Sends an event that the client answers. A break of the session loses it. */
  public void emitWithAck(Payload payload, Duration timeout, AckListener listener) {
    Loop loop = namespace.loop();
    if (state != State.CONNECTED) {
      loop.execute(listener::missing);
      return;
    }
    if (acknowledgements == null) {
      acknowledgements = new Acknowledgements(loop);
    }
    deliver(Encoded.event(namespace.name(), acknowledgements.expect(timeout, listener), payload, Optional.empty()), Delivery.RELIABLE);
  }

  /** Everybody in the namespace but this socket. */
  public Broadcast broadcast() {
    return namespace.broadcast().except(this);
  }

  void deliver(Encoded packet, Delivery delivery) {
    if (state == State.CONNECTED) {
      packet.sendTo(session.connection(), delivery);
    }
  }

  // ---- Rooms

  /** Joins a room; nothing happens when it is there already, or gone. */
  public void join(String room) {
    if (state == State.GONE || rooms.containsKey(room)) {
      return;
    }
    if (rooms.isEmpty()) {
      rooms = Map.of(room, namespace.lastNumber());
    } else {
      rooms = rooms.size() == 1 ? new HashMap<>(rooms) : rooms;
      rooms.put(room, namespace.lastNumber());
    }
    if (state == State.CONNECTED) {
      namespace.enter(room, session.connection());
    }
  }

  /** Leaves a room. */
  public void leave(String room) {
    if (state == State.GONE || !rooms.containsKey(room)) {
      return;
    }
    rooms = rooms.size() == 1 ? new HashMap<>(rooms) : rooms;
    remember(new Stay(room, rooms.remove(room), namespace.lastNumber()));
    if (state == State.CONNECTED) {
      namespace.exit(room, session.connection());
    }
  }

  /** The rooms that it is in. */
  public Set<String> rooms() {
    return Set.copyOf(rooms.keySet());
  }

  boolean wasIn(String room, long number) {
    Long since = rooms.get(room);
    return since != null && since < number || past.stream().anyMatch(stay -> stay.room.equals(room) && stay.from < number && number <= stay.to);
  }

  /** A stay in which nothing was sent concerns nobody. */
  private void remember(Stay stay) {
    if (namespace.recovers() && stay.from < stay.to) {
      past = past.isEmpty() ? new ArrayList<>(2) : past;
      past.removeIf(old -> old.to < namespace.firstNumber());
      past.add(stay);
    }
  }

  // ---- The end, and the way back

  /** Tells the client that it is out of the namespace, behind what was sent to it; a session that carries no other namespace is closed a second later. {@link NamespaceHandler#disconnected} follows. */
  public void disconnect() {
    if (state == State.GONE) {
      return;
    }
    if (state == State.CONNECTED) {
      session.sendAway(this);
    }
    namespace.loop().execute(over(DisconnectReason.SERVER_LEFT));
  }

  /** The client left, or its session ended: comes back later, or is gone. */
  void lost(DisconnectReason reason) {
    if (state == State.CONNECTED && reason.isBreak() && namespace.keepsForLater(this)) {
      interrupt(reason);
    } else {
      over(reason).run();
    }
  }

  /** The session broke, or another one takes its place. */
  void interrupt(DisconnectReason reason) {
    namespace.withdraw(this, session.connection());
    state = State.INTERRUPTED;
    session = null;
    brokenAt = namespace.loop().nanos();
    expiry = namespace.loop().after(namespace.recoveryWindow(), () -> over(reason).run());
    namespace.interrupted(this);
  }

  /** The client has come back on another session, and gets what it missed. */
  void resume(ClientSession other, List<EventLog.Entry> missed) {
    expiry.cancel();
    session = other;
    state = State.CONNECTED;
    resent = missed.isEmpty() ? null : new EventLog.Resent(missed.getFirst().number(), missed.getLast().number(), namespace.loop().nanos());
  }

  /** Gone from here on; what is left to do is to tell the application. */
  Runnable over(DisconnectReason reason) {
    if (state == State.GONE) {
      return () -> {};
    }
    expiry.cancel();
    if (state == State.CONNECTED) {
      namespace.withdraw(this, session.connection());
    }
    State before = state;
    state = State.GONE;
    session = null;
    namespace.remove(this, before == State.INTERRUPTED);
    return () -> {
      if (acknowledgements != null) {
        acknowledgements.end();
      }
      namespace.handler().disconnected(this, reason);
    };
  }

  /** The session was upgraded. */
  void moved(Connection from, Connection to) {
    namespace.moved(this, from, to);
  }

  ClientSession session() {
    return session;
  }

  boolean isInterrupted() {
    return state == State.INTERRUPTED;
  }

  /** When the break was noticed; of a socket that is interrupted. */
  long brokenAt() {
    return brokenAt;
  }

  Optional<EventLog.Resent> resent() {
    return Optional.ofNullable(resent);
  }

  String secret() {
    return secret;
  }

  long start() {
    return start;
  }

  Set<String> currentRooms() {
    return rooms.keySet();
  }

  void acknowledged(Packet.Ack ack, List<byte[]> attachments) {
    if (acknowledgements != null) {
      acknowledgements.received(ack.id(), ack.arguments(), attachments);
    }
  }
}
