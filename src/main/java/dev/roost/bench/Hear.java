package dev.roost.bench;

/** Which messages of its room a sender gets back from the server. Receivers get all. */
enum Hear {
  NONE, OWN, OTHERS, ALL;

  /** Whether a sender should get this stream. */
  boolean includes(boolean own) {
    return this == ALL || (own ? this == OWN : this == OTHERS);
  }

  /** How many senders hear each message. */
  int count(int sendersInRoom) {
    return switch (this) {
      case NONE -> 0;
      case OWN -> 1;
      case OTHERS -> sendersInRoom - 1;
      case ALL -> sendersInRoom;
    };
  }
}
