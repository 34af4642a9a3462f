package dev.roost.gallery;

import java.util.Optional;

/**
 * How a room was made; it never changes, and of it only {@code maxUsers} and {@code permissions} can be noticed from outside.
 *
 * @param name for people; never sent out
 * @param maxUsers members at the same time
 * @param password what joining takes, if anything
 * @param persistent whether the room survives its last leave, and a restart
 * @param permissions who may do what
 */
record RoomConfig(String name, int maxUsers, Optional<RoomPassword> password, boolean persistent, Permissions permissions) {

  /** A room that came into being because somebody joined it (D7: without a password). */
  static RoomConfig automatic(String roomId, int maxUsers) {
    return new RoomConfig(roomId, maxUsers, Optional.empty(), false, Permissions.DEFAULT);
  }
}
