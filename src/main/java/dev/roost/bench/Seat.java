package dev.roost.bench;

/**
 * The place of one connection in the plan.
 *
 * @param user its number, unique in the run
 * @param stream the number of what it sends, or -1
 * @param measured whether what it receives is accounted for; the crowd's is not
 */
record Seat(int user, int room, int stream, boolean measured, Plan.Side side) {
  boolean sends() {
    return stream >= 0;
  }
}
