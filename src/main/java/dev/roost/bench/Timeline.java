package dev.roost.bench;

/**
 * Which part of the run a message belongs to, by the time at which it was due, and when that is. Times are nanoseconds since the tool started. Any thread.
 *
 * <p>A boundary is set a little ahead, before any message beyond it is due, so all threads count a message to the same part.
 */
final class Timeline {
  static final int WARM_UP = 0;
  static final int MEASURED = 1;
  static final int STORM = 2;
  static final int PARTS = 3;

  private final long origin = System.nanoTime();
  private volatile long measuredFrom = Long.MAX_VALUE;
  private volatile long stormFrom = Long.MAX_VALUE;
  private volatile long end = Long.MAX_VALUE;
  private volatile Schedule schedule = new Schedule(Long.MAX_VALUE, 0, 1);

  long now() {
    return System.nanoTime() - origin;
  }

  int partOf(long due) {
    return due < measuredFrom ? WARM_UP : due < stormFrom ? MEASURED : STORM;
  }

  long measuredFrom() {
    return measuredFrom;
  }

  long stormFrom() {
    return stormFrom;
  }

  /** Messages due from here on are not sent. */
  long end() {
    return end;
  }

  /** When the first sender's messages are due; before {@link #follow} at the end of all times. */
  Schedule schedule() {
    return schedule;
  }

  void follow(Schedule given) {
    schedule = given;
  }

  void measureFrom(long time) {
    measuredFrom = time;
  }

  void stormFrom(long time) {
    stormFrom = time;
  }

  void endAt(long time) {
    end = time;
  }
}
