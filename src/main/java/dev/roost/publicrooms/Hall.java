package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.Outbound;

/** The joined sockets of a room, addressed together: an event is encoded once for all of them. A socket stays in it while its connection is interrupted. On the rooms' loop. */
interface Hall {

  void add(GuestSocket socket);

  void remove(GuestSocket socket);

  void send(Outbound message);
}
