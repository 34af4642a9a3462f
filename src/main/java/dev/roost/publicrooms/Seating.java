package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import java.util.Map;
import java.util.Optional;

/**
 * Who may sit where (section 2.2), by REST and by socket: whoever asks is who its address says, one user has one seat in the whole house, and each question is answered in one step. On the
 * rooms' loop.
 */
final class Seating {
  private final Loop loop;
  private final Visitors visitors;
  private final Map<String, StudyRoom> rooms;
  private final RoomsFigures figures;
  private final Dismissal dismissal;

  /** Ends the sockets of an address in the namespace of a room. */
  @FunctionalInterface
  interface Dismissal {

    void dismiss(String ipHash, String roomId);
  }

  Seating(Loop loop, Visitors visitors, Map<String, StudyRoom> rooms, RoomsFigures figures, Dismissal dismissal) {
    this.loop = loop;
    this.visitors = visitors;
    this.rooms = rooms;
    this.figures = figures;
    this.dismissal = dismissal;
  }

  // ---- 1.4: by REST

  JoinOutcome join(String ipHash, String roomId, String userId) {
    visitors.sweep();
    Optional<Visitor> visitor = visitors.findById(userId);
    StudyRoom room = rooms.get(roomId);
    RestFault fault = null;
    if (visitor.isEmpty()) {
      fault = RestFault.USER_NOT_FOUND;
    } else if (!visitor.get().ipHash().equals(ipHash)) {
      fault = RestFault.INVALID_USER;
    } else if (room == null) {
      fault = RestFault.ROOM_NOT_FOUND;
    } else if (visitor.get().seat().isPresent()) {
      fault = RestFault.ALREADY_IN_ROOM;
    } else if (room.isFull()) {
      fault = RestFault.ROOM_FULL;
    }
    if (fault != null) {
      return new JoinOutcome.Refused(fault);
    }
    figures.joins++;
    room.reserve(visitor.get(), loop.now());
    return new JoinOutcome.Joined(room.view(), room.participants());
  }

  /** Also fine if there is nothing to leave. */
  Optional<RestFault> leave(String ipHash, String roomId, String userId) {
    Optional<Visitor> visitor = visitors.findById(userId);
    if (visitor.isPresent() && !visitor.get().ipHash().equals(ipHash)) {
      return Optional.of(RestFault.INVALID_USER);
    }
    visitor.flatMap(Visitor::seat).filter(seat -> seat.room().id().equals(roomId)).ifPresent(this::leave);
    return Optional.empty();
  }

  // ---- 3.1: by socket

  /** {@code join-room}. Answers why not, if not; then nothing has changed. */
  Optional<FaultCode> joinRoom(Guest guest, JoinRoom message) {
    visitors.sweep();
    if (message.userId().isEmpty()) {
      return Optional.of(FaultCode.INVALID_REQUEST);
    }
    Optional<Visitor> visitor = visitors.find(guest.ipHash()).filter(known -> known.id().equals(message.userId().get()));
    if (visitor.isEmpty()) {
      return Optional.of(FaultCode.INVALID_USER);
    }
    if (guest.room().isEmpty()) {
      return Optional.of(FaultCode.ROOM_NOT_FOUND);
    }
    StudyRoom room = guest.room().get();
    Optional<Seat> taken = visitor.get().seat();
    if (taken.isPresent() ? taken.get().room() != room : room.isFull()) {
      return Optional.of(FaultCode.JOIN_ERROR);
    }
    message.userName().flatMap(SafeText::name).ifPresent(name -> visitors.rename(visitor.get(), name));
    if (taken.isEmpty()) {
      figures.joins++;
    }
    room.enter(taken.orElseGet(() -> room.take(visitor.get(), loop.now())), guest);
    return Optional.empty();
  }

  /** {@code leave-room}; as {@link #joinRoom}. */
  Optional<FaultCode> leaveRoom(Guest guest, LeaveRoom message) {
    if (message.userId().isEmpty()) {
      return Optional.of(FaultCode.INVALID_REQUEST);
    }
    Optional<Visitor> visitor = visitors.find(guest.ipHash()).filter(known -> known.id().equals(message.userId().get()));
    if (visitor.isEmpty()) {
      return Optional.of(FaultCode.INVALID_USER);
    }
    Optional<Seat> seat = visitor.get().seat().filter(taken -> guest.room().filter(room -> room == taken.room()).isPresent());
    if (seat.isEmpty()) {
      return Optional.of(FaultCode.LEAVE_ERROR);
    }
    leave(seat.get());
    return Optional.empty();
  }

  /** A socket is over. */
  void part(Guest guest) {
    guest.seat().filter(seat -> seat.room().part(guest, seat)).ifPresent(seat -> figures.leaves++);
  }

  /** The user of this seat is no more. */
  void expire(Seat seat) {
    figures.leaves++;
    seat.room().vacate(seat);
  }

  private void leave(Seat seat) {
    figures.leaves++;
    seat.room().vacate(seat);
    dismissal.dismiss(seat.visitor().ipHash(), seat.room().id());
  }
}
