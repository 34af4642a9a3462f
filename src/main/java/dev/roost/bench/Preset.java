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
  STORM
}
