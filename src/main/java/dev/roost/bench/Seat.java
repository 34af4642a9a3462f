package dev.roost.bench;

/**
 * The place of one connection in the plan.
 *
 * @param user its number, unique in the run
 * @param sender its number among those who send, or -1
 * @param measured whether what it receives is accounted for; the crowd's is not
 */
record Seat(int user, int room, int sender, boolean measured, Plan.Side side) {
  boolean sends() {
    return sender >= 0;
  }
}
