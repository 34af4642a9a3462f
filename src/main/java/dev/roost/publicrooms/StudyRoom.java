package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Announcement;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.ParticipantToggle;
import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import dev.roost.publicrooms.PublicRoomsMessages.UserLeft;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One room (section 2.2): its seats, who is told of each change of them, and its chat. Its occupancy is the number of its seats that are taken, nothing else. Who may take one,
 * {@link Seating} decides. On the rooms' loop.
 */
final class StudyRoom {
  private final String id;
  private final String name;
  /** By user, in the order in which they came. */
  private final Map<String, Seat> seats = new LinkedHashMap<>();
  private int capacity;
  private Hall hall;
  private Lobby lobby;
  private ChatHistory history;

  StudyRoom(String id, String name) {
    this.id = id;
    this.name = name;
  }

  /** Comes before everything that has to do with seats. */
  void open(int seatCount, Hall joined, Lobby viewers, ChatHistory chat) {
    capacity = seatCount;
    hall = joined;
    lobby = viewers;
    history = chat;
  }

  /** A UUID. */
  String id() {
    return id;
  }

  String name() {
    return name;
  }

  int occupancy() {
    return seats.size();
  }

  boolean isFull() {
    return seats.size() >= capacity;
  }

  RoomView view() {
    return new RoomView(id, name, seats.size(), capacity);
  }

  /** Those with a seat, announced or not, in the order in which they came. */
  List<ParticipantView> participants() {
    return seats.values().stream().map(Seat::view).toList();
  }

  Optional<Seat> seat(String userId) {
    return Optional.ofNullable(seats.get(userId));
  }

  /** Sockets that hear what goes on here now. */
  int listeners() {
    return (int) seats.values().stream().flatMap(seat -> seat.guests().stream()).filter(guest -> guest.state() == Guest.State.JOINED).count();
  }

  // ---- 2.2: transitions

  /** None to reserved: only the list of rooms shows it. */
  Seat reserve(Visitor visitor, Instant now) {
    Seat seat = take(visitor, now);
    tellLobby();
    return seat;
  }

  /** As {@link #reserve}, where {@link #enter} follows, which tells everybody. There is a free seat, and the visitor has none anywhere. */
  Seat take(Visitor visitor, Instant now) {
    Seat seat = new Seat(visitor, this, now);
    seats.put(visitor.id(), seat);
    visitor.seat(Optional.of(seat));
    return seat;
  }

  /** A socket joins: everybody hears of its user, if it is the user's first one, otherwise it alone does. */
  void enter(Seat seat, Guest guest) {
    if (seat.guests().add(guest)) {
      guest.sits(seat);
      hall.add(guest.socket());
    }
    guest.send(history.event());
    UserJoined joined = seat.joined();
    if (seat.isPresent()) {
      guest.send(joined);
      return;
    }
    seat.announced();
    hall.send(joined);
    tellLobby();
  }

  /** A joined socket has gone; with the last one of its user the seat is free. Answers whether it is. */
  boolean part(Guest guest, Seat seat) {
    remove(guest, seat);
    if (seat.guests().isEmpty()) {
      vacate(seat);
      return true;
    }
    return false;
  }

  /** A membership ends, whatever the cause: the others hear of it if they had heard of its beginning. */
  void vacate(Seat seat) {
    seats.remove(seat.visitor().id());
    seat.visitor().seat(Optional.empty());
    List.copyOf(seat.guests()).forEach(guest -> remove(guest, seat));
    if (seat.isPresent()) {
      hall.send(new UserLeft(seat.visitor().id(), occupancy()));
    }
    tellLobby();
  }

  /** An interrupted socket is back, maybe as another object. */
  void moved(GuestSocket from, GuestSocket to) {
    if (from != to) {
      hall.remove(from);
      hall.add(to);
    }
  }

  // ---- 3.4 and 3.6: what is said in the room

  void say(ChatMessage message) {
    history.add(message);
    hall.send(message);
  }

  void toggle(Seat seat, Medium medium, boolean enabled) {
    seat.toggle(medium, enabled);
    hall.send(new ParticipantToggle(medium, seat.visitor().id(), enabled));
  }

  void announce(String event, RawJson data) {
    hall.send(new Announcement(event, data));
  }

  private void remove(Guest guest, Seat seat) {
    seat.guests().remove(guest);
    guest.stands();
    hall.remove(guest.socket());
  }

  private void tellLobby() {
    lobby.send(new RoomOccupancyUpdate(id, occupancy()));
  }
}
