package dev.roost.gallery;

import dev.roost.core.Connection;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RateLimits;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Broadcast;
import dev.roost.gallery.GalleryMessages.ConfigGiven;
import dev.roost.gallery.GalleryMessages.Connected;
import dev.roost.gallery.GalleryMessages.CreateRoom;
import dev.roost.gallery.GalleryMessages.Fault;
import dev.roost.gallery.GalleryMessages.Faults;
import dev.roost.gallery.GalleryMessages.Inbound;
import dev.roost.gallery.GalleryMessages.JoinRoom;
import dev.roost.gallery.GalleryMessages.LeaveRoom;
import dev.roost.gallery.GalleryMessages.Outbound;
import dev.roost.gallery.GalleryMessages.Refused;
import dev.roost.gallery.GalleryMessages.RoomCreated;
import dev.roost.gallery.GalleryMessages.SendMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The registry of all rooms, and who is in which (2.1 to 2.4 of the contract): nobody finds a room but through it. Rooms, and the moves of connections between them,
 * share one loop, so a move is one step that nobody sees half of. On Gallery's loop.
 */
final class Rooms {
  private static final int GENERATED_LENGTH = 9;
  private static final int MAX_REMEMBERED_ADDRESSES = 100_000;

  private final Loop loop;
  private final GallerySettings settings;
  private final RandomIds ids;
  private final Function<Outbound, Frame> encode;
  private final RoomJournal journal;
  /** In the order of their creation. */
  private final Map<String, Room> rooms = new LinkedHashMap<>();
  private final Lobby lobby = new Lobby();
  private final RateLimits creations;
  private final GalleryFigures figures = new GalleryFigures();
  private long lastNumber;
  private boolean stopped;

  Rooms(Loop loop, GallerySettings settings, RandomIds ids, Function<Outbound, Frame> encode, RoomJournal journal) {
    this.loop = loop;
    this.settings = settings;
    this.ids = ids;
    this.encode = encode;
    this.journal = journal;
    creations = new RateLimits(settings.maxRoomCreations(), Duration.ofMinutes(1), settings.maxRoomCreations(), MAX_REMEMBERED_ADDRESSES);
    loop.every(settings.roomSweepInterval(), this::sweep);
  }

  /** R5: a room as it was before the restart; before any client comes. */
  void restore(StoredRoom stored) {
    lastNumber = Math.max(lastNumber, stored.number());
    Room room = new Room(stored.roomId(), stored.number(), stored.config(), stored.createdAt(), settings, loop, encode, journal);
    room.state().restore(stored.version(), stored.keys(), stored.allowAnnotations(), stored.annotations());
    rooms.put(room.id(), room);
  }

  // ---- 2.1: connections

  Client connect(Connection connection, String userId, String address) {
    Client client = new Client(connection, userId, address);
    lobby.enter(client);
    figures.connections++;
    connection.send(encode.apply(new Connected(userId)));
    return client;
  }

  void disconnect(Client client) {
    if (stopped) {
      return;
    }
    figures.connections--;
    leave(client);
    lobby.leave(client);
  }

  void receive(Client client, Inbound message) {
    if (stopped) {
      return;
    }
    switch (message) {
      case CreateRoom create -> create(client, create);
      case JoinRoom join -> join(client, join);
      case LeaveRoom leave -> {
        if (leave(client)) {
          lobby.enter(client);
        }
      }
      case Broadcast broadcast -> broadcast(client, broadcast);
      case SendMessage direct -> send(client, direct);
      case Refused refused -> tell(client, refused.fault(), refused.requestId());
    }
  }

  // ---- 2.2: rooms

  /** R1: the creator is not joined. */
  private void create(Client client, CreateRoom message) {
    String fault = null;
    if (!creations.admit(client.address(), loop.nanos())) {
      fault = Faults.RATE_LIMIT_EXCEEDED;
    } else if (rooms.size() >= settings.maxRooms()) {
      fault = Faults.SERVER_AT_CAPACITY;
    } else if (message.roomId().filter(rooms::containsKey).isPresent()) {
      fault = Faults.ROOM_ALREADY_EXISTS;
    }
    if (fault != null) {
      tell(client, fault, message.requestId());
      return;
    }
    String roomId = message.roomId().orElseGet(this::freeId);
    Room room = open(roomId, config(roomId, message.config()));
    if (room.config().persistent()) {
      journal.write(room, room.state().entries());
    }
    client.connection().send(encode.apply(new RoomCreated(message.requestId(), roomId)));
  }

  private RoomConfig config(String roomId, ConfigGiven given) {
    int maxUsers = Math.min(given.maxUsers().orElse(settings.maxUsersPerRoom()), settings.maxUsersPerRoom());
    return new RoomConfig(given.name().orElse(roomId), maxUsers, given.password().map(RoomPassword::of), given.persistent(), given.permissions());
  }

  private Room open(String roomId, RoomConfig config) {
    Room room = new Room(roomId, ++lastNumber, config, loop.now(), settings, loop, encode, journal);
    rooms.put(roomId, room);
    figures.roomsOpened++;
    return room;
  }

  private String freeId() {
    String id = "room-" + ids.next(GENERATED_LENGTH);
    return rooms.containsKey(id) ? freeId() : id;
  }

  /** R3: an empty room that is not persistent goes, after a grace that lets a lost connection come back. */
  private void releaseIfEmpty(Room room) {
    if (!room.members().isEmpty() || room.config().persistent()) {
      return;
    }
    if (settings.emptyRoomGrace().isZero()) {
      rooms.remove(room.id(), room);
    } else {
      loop.after(settings.emptyRoomGrace(), () -> releaseIfIdle(room, settings.emptyRoomGrace()));
    }
  }

  /** R4: catches rooms that nobody ever joined. */
  private void sweep() {
    for (Room room : List.copyOf(rooms.values())) {
      releaseIfIdle(room, settings.roomTimeout());
    }
  }

  private void releaseIfIdle(Room room, Duration limit) {
    if (room.members().isEmpty() && !room.config().persistent() && room.idleNanos() >= limit.toNanos()) {
      rooms.remove(room.id(), room);
    }
  }

  /** Section 7: removes a room, whoever is in it; false if there is none. */
  boolean delete(String roomId) {
    Room room = rooms.remove(roomId);
    if (room == null) {
      return false;
    }
    List<Client> members = new ArrayList<>(room.members());
    room.dissolve();
    members.forEach(lobby::enter);
    if (room.config().persistent()) {
      journal.erase(room, room.state().entries());
    }
    return true;
  }

  // ---- 2.3: join

  private void join(Client client, JoinRoom message) {
    Room known = rooms.get(message.roomId());
    Optional<String> refusal = known == null ? capacityRefusal() : known.refusal(client.id(), message.password())
        .or(() -> client.mayTake(known.snapshotBytes(), loop.nanos()) ? Optional.empty() : Optional.of(Faults.RATE_LIMIT_EXCEEDED));
    if (refusal.isPresent()) {
      tell(client, refusal.get(), message.requestId());
      return;
    }
    // Before the old room is left: the place is this client's already. R2 and D7: an unknown room takes no password.
    Room room = known != null ? known : open(message.roomId(), RoomConfig.automatic(message.roomId(), settings.maxUsersPerRoom()));
    if (!client.room().equals(Optional.of(room))) {
      leave(client);
      lobby.leave(client);
    }
    figures.joins++;
    room.join(client, message).ifPresent(displaced -> {
      lobby.enter(displaced);
      // News and not the answer to a fault: it comes every time.
      displaced.connection().send(encode.apply(new Fault(Faults.JOINED_FROM_ANOTHER_CONNECTION, RawJson.ABSENT)));
    });
  }

  private Optional<String> capacityRefusal() {
    return rooms.size() >= settings.maxRooms() ? Optional.of(Faults.SERVER_AT_CAPACITY) : Optional.empty();
  }

  /** 2.4. Answers whether there was a room to leave. */
  private boolean leave(Client client) {
    Optional<Room> room = client.room();
    room.ifPresent(left -> {
      left.leave(client);
      releaseIfEmpty(left);
    });
    return room.isPresent();
  }

  // ---- 3.1: messages

  private void broadcast(Client client, Broadcast message) {
    Optional<Room> room = client.room().filter(current -> message.roomId().isEmpty() || message.roomId().get().equals(current.id()));
    Optional<String> fault = room.isEmpty() ? Optional.of(Faults.NOT_IN_A_ROOM) : room.get().broadcast(client, message);
    if (fault.isEmpty()) {
      figures.broadcasts++;
    } else {
      tell(client, fault.get(), message.requestId());
    }
  }

  /** D5: within the room, or among those in none. */
  private void send(Client client, SendMessage message) {
    Optional<Room> room = client.room();
    Optional<Client> target = room.isPresent() ? room.get().member(message.targetUserId()) : lobby.find(message.targetUserId());
    Optional<String> fault = target.isEmpty() ? Optional.of(Faults.USER_NOT_FOUND) : room.flatMap(current -> current.denial(client, message.effect()));
    if (fault.isEmpty()) {
      figures.directMessages++;
      target.get().connection().send(message.relay());
    } else {
      tell(client, fault.get(), message.requestId());
    }
  }

  private void tell(Client client, String fault, RawJson requestId) {
    figures.faults++;
    if (client.mayHear(fault, requestId, loop.nanos())) {
      client.connection().send(encode.apply(new Fault(fault, requestId)));
    }
  }

  // ---- For operators

  /** All rooms in the order of their creation. */
  Collection<Room> all() {
    return rooms.values();
  }

  Map<String, Number> figures() {
    return figures.toMap(rooms.values());
  }

  /** From here on nothing changes any more: the connections are about to be closed, and nobody needs to hear who leaves. */
  void shutdown() {
    stopped = true;
  }
}
