package dev.roost.gallery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Who should be where, by sections 2.2 to 2.4, in the fewest words; for {@link GalleryRandomTest}. */
final class GalleryModel {
  /** In the order of their creation. */
  final Map<String, ModelRoom> rooms = new LinkedHashMap<>();
  private final int maxRooms;
  private final int maxUsers;

  GalleryModel(int maxRooms, int maxUsers) {
    this.maxRooms = maxRooms;
    this.maxUsers = maxUsers;
  }

  /** A connection, where it should be, and what it believes of its room. */
  static final class Player {
    final GalleryClient client;
    final String userId;
    Optional<String> room = Optional.empty();
    /** Users by id, with what they look like; as a client that follows the protocol sees them. */
    final Map<String, String> view = new TreeMap<>();
    boolean inRoom;

    Player(GalleryClient client) {
      this.client = client;
      userId = client.userId;
    }
  }

  static final class ModelRoom {
    final List<Player> members = new ArrayList<>();
    final boolean persistent;
    /** The highest one seen. */
    long version;

    ModelRoom(boolean persistent) {
      this.persistent = persistent;
    }
  }

  void create(String room, boolean persistent) {
    if (!rooms.containsKey(room) && rooms.size() < maxRooms) {
      rooms.put(room, new ModelRoom(persistent));
    }
  }

  void join(Player player, String id) {
    create(id, false);
    ModelRoom room = rooms.get(id);
    if (room == null) {
      return;
    }
    Optional<Player> twin = room.members.stream().filter(member -> member.userId.equals(player.userId)).findFirst();
    if (twin.isEmpty() && room.members.size() == maxUsers) {
      return;
    }
    if (!player.room.equals(Optional.of(id))) {
      leave(player);
    }
    if (twin.isEmpty()) {
      room.members.add(player);
    } else {
      twin.get().room = Optional.empty();
      room.members.set(room.members.indexOf(twin.get()), player);
    }
    player.room = Optional.of(id);
  }

  void leave(Player player) {
    player.room.ifPresent(id -> {
      ModelRoom room = rooms.get(id);
      room.members.remove(player);
      if (room.members.isEmpty() && !room.persistent) {
        rooms.remove(id);
      }
    });
    player.room = Optional.empty();
  }

  void delete(String id) {
    ModelRoom room = rooms.remove(id);
    if (room != null) {
      room.members.forEach(member -> member.room = Optional.empty());
    }
  }

  /** After a day without anything. */
  void sweep() {
    rooms.values().removeIf(room -> room.members.isEmpty() && !room.persistent);
  }
}
