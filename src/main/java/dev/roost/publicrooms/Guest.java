package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import java.util.List;
import java.util.Optional;

/** One socket in the namespace of a room, from its admission to its end. On the rooms' loop. */
final class Guest {

  /** Section 2.3, and beyond it. */
  enum State {
    /** Is being looked at; has taken nothing yet. */
    ARRIVING,
    /** Waits for a place in the system; what it sends is held. */
    WAITING,
    /** Has a place, and hears nothing of the room yet. */
    ADMITTED,
    /** Has said {@code join-room}. */
    JOINED,
    /** Had joined; its connection is lost and may come back. */
    INTERRUPTED,
    /** Is over, whatever still comes from its socket. */
    GONE
  }

  private final String id;
  private final String ipHash;
  private final String roomId;
  private final Optional<StudyRoom> room;
  private final HealthCheck health;
  private final FixedWindow events;
  private final HeldEvents held = new HeldEvents();
  private GuestSocket socket;
  private State state = State.ARRIVING;
  private long connectedNanos;
  private Optional<Seat> seat = Optional.empty();
  private int position;

  /** @param room empty if there is none with this id */
  Guest(GuestSocket socket, String ipHash, String roomId, Optional<StudyRoom> room, HealthCheck health, FixedWindow events, long connectedNanos) {
    this.socket = socket;
    this.id = socket.id();
    this.ipHash = ipHash;
    // Not one more copy of the text for each socket.
    this.roomId = room.map(StudyRoom::id).orElse(roomId);
    this.room = room;
    this.health = health;
    this.events = events;
    this.connectedNanos = connectedNanos;
  }

  String id() {
    return id;
  }

  GuestSocket socket() {
    return socket;
  }

  String ipHash() {
    return ipHash;
  }

  /** As in the name of the namespace, whether there is such a room or not. */
  String roomId() {
    return roomId;
  }

  Optional<StudyRoom> room() {
    return room;
  }

  HealthCheck health() {
    return health;
  }

  /** The budget of its events. */
  FixedWindow events() {
    return events;
  }

  State state() {
    return state;
  }

  void state(State next) {
    state = next;
  }

  /** When it came, or came back. */
  long connectedNanos() {
    return connectedNanos;
  }

  /** Where it sits, if it has joined. */
  Optional<Seat> seat() {
    return seat;
  }

  /** Among those that wait, from 1 on. */
  int position() {
    return position;
  }

  void position(int next) {
    position = next;
  }

  void send(Outbound message) {
    socket.send(message);
  }

  void fail(FaultCode code) {
    send(new ErrorEvent(code));
  }

  /** Keeps an event until there is a place; false if there is too much of them. */
  boolean hold(Inbound message) {
    return held.add(message);
  }

  /** What was held, in order; now it is held no more. */
  List<Inbound> takeHeld() {
    return held.take();
  }

  void sits(Seat taken) {
    seat = Optional.of(taken);
    state = State.JOINED;
  }

  void stands() {
    seat = Optional.empty();
  }

  /** The lost connection is back, on this socket. */
  void returned(GuestSocket next, long nanos) {
    socket = next;
    connectedNanos = nanos;
    state = State.JOINED;
  }
}
