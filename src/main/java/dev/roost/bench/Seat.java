package dev.roost.bench;

/**
 * The place of one connection in the plan.
 *
 * @param user its number, unique in the run
 * @param sender its number among those who send, or -1
 * @param measured whether what it receives is accounted for; the crowd's is not
 * @param ear hears all that the connection gets
 */
record Seat(int user, int room, int sender, boolean measured, Plan.Side side, Ear ear) {
  Seat(int user, int room, int sender, boolean measured, Plan.Side side) {
    this(user, room, sender, measured, side, Ear.NONE);
  }

  boolean sends() {
    return sender >= 0;
  }
}
