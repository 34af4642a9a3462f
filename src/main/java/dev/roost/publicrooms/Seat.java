package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The membership of a user in a room (section 2.2): reserved, until a socket of the user joins, then present. On the rooms' loop. */
final class Seat {
  private final Visitor visitor;
  private final StudyRoom room;
  private final Instant takenAt;
  private final Set<Guest> guests = new LinkedHashSet<>(2);
  private Optional<SignalBudget> signals = Optional.empty();
  private boolean present;
  private boolean video;
  private boolean audio;

  Seat(Visitor visitor, StudyRoom room, Instant takenAt) {
    this.visitor = visitor;
    this.room = room;
    this.takenAt = takenAt;
  }

  Visitor visitor() {
    return visitor;
  }

  StudyRoom room() {
    return room;
  }

  /** The joined sockets, interrupted ones included. */
  Set<Guest> guests() {
    return guests;
  }

  /** Whether the others have been told. It never goes back to being reserved. */
  boolean isPresent() {
    return present;
  }

  void announced() {
    present = true;
  }

  /** Whether a signal of another user fits what this one may be sent. */
  boolean admits(String senderId, int bytes, long nanos) {
    if (signals.isEmpty()) {
      signals = Optional.of(new SignalBudget(nanos));
    }
    return signals.get().take(senderId, bytes, nanos);
  }

  void toggle(Medium medium, boolean enabled) {
    switch (medium) {
      case VIDEO -> video = enabled;
      case AUDIO -> audio = enabled;
    }
  }

  UserJoined joined() {
    return new UserJoined(visitor.id(), visitor.displayName(), takenAt, room.occupancy());
  }

  ParticipantView view() {
    return new ParticipantView(visitor.id(), visitor.displayName(), video, audio, takenAt);
  }
}
