package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;

/** Everybody in the namespace {@code /}, who watches the list of rooms. On the rooms' loop. */
@FunctionalInterface
interface Lobby {

  void send(RoomOccupancyUpdate update);
}
