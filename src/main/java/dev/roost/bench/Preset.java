package dev.roost.bench;

/** The shape of the load. */
enum Preset {
  /** M senders to N receivers. */
  FANOUT,
  /** R rooms of K users, each of whom sends to the others. */
  ROOMS,
  /** N connections that only listen. */
  IDLE,
  /** A small group goes on as usual while N connections arrive. */
  STORM
}
