package dev.roost.bench;

/** The shape of the load. */
enum Preset {
  /** M senders to N receivers. */
  FANOUT,
  /** R rooms of K users, each of whom sends to the others. */
  ROOMS,
  /** N clients of one organisation, each of whom sends to one other at a time, chosen by chance. */
  MESH,
  /** N connections that only listen. */
  IDLE,
  /** A small group goes on as usual while N connections arrive. */
  STORM,
  /** Groups of PTT with one talker each. */
  PTT,
  /** N mobiles that say that they are there, and W watchers. */
  PRESENCE,
  /** A group of PTT goes on as usual while watchers come, each of whom gets a snapshot of all who are online. */
  SNAPSHOT,
  /** N clients of one Socket.IO namespace, one of whom makes the server emit to all. */
  SOCKETIO;

  /** Whether the crowd comes in the middle, so that there is a before. */
  boolean hasLateCrowd() {
    return this == STORM || this == SNAPSHOT;
  }

  /** Whether it is about PTT. */
  boolean isPtt() {
    return this == PTT || this == PRESENCE || this == SNAPSHOT;
  }
}
