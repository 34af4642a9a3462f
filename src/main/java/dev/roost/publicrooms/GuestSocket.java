package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.Outbound;

/** A socket in the namespace of a room, as the rooms see it. On their loop. */
interface GuestSocket {

  /** Unique while the server runs. */
  String id();

  /** Whether its client can hear {@code ping} and answer. One that cannot is known to be there by the heartbeat of its connection, and by that alone. */
  boolean canAnswerPings();

  /** Sends an event to this socket alone; while its connection is interrupted, it is kept for when it is back. */
  void send(Outbound message);

  /**
   * Ends the socket in its namespace, behind what was sent; the transport only if it carries no other. One whose connection is interrupted cannot come back any more.
   * {@link StudyRooms#disconnected} follows as a task of its own, and changes nothing.
   */
  void disconnect();
}
