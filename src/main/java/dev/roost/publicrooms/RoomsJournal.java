package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;

/** What outlives a restart is told to this, on the rooms' loop; it never blocks. */
interface RoomsJournal {

  /** A visitor is new, or has changed. */
  void visitor(Visitor visitor);

  /** A visitor has expired. */
  void visitorGone(Visitor visitor);

  /**
   * A message was sent in a room.
   *
   * @param number of the message among those of the room, ascending over restarts
   */
  void message(StudyRoom room, long number, ChatMessage message);

  /** An old message is beyond the history. */
  void messageGone(StudyRoom room, long number);
}
