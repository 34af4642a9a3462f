package dev.roost.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/**
 * What a run found out.
 *
 * @param messageBytes size of a message as it was sent; 0 where nothing was
 * @param group the connections whose messages were measured; empty for idle
 * @param crowd those that only came (idle, storm), or watched (presence, snapshot)
 * @param parts the measured parts: one, or with storm and snapshot one before and one during it; none for idle
 * @param interrupted whether it was stopped before its time
 */
record Result(Plan plan, int messageBytes, Optional<Floor> floor, Optional<Opening> group, Optional<Opening> crowd, List<Part> parts, Tool tool,
    Optional<Server> server, LoadLoop.Oddities oddities, Optional<Presence> presence, boolean interrupted) {

  /** The same, and what watchers saw. */
  Result with(Presence seen) {
    return new Result(plan, messageBytes, floor, group, crowd, parts, tool, server, oddities, Optional.of(seen), interrupted);
  }

  /**
   * How connections came up; a watcher's opening ends with its snapshot.
   *
   * @param seconds from the first to the last
   * @param connect until the server's consent to the upgrade, in nanoseconds
   * @param ready until the opening script was through, in nanoseconds
   */
  record Opening(int wanted, int opened, int failed, String firstFailure, double seconds, Histogram connect, Histogram ready) {}

  /**
   * What became of the messages of one part of the run.
   *
   * @param seconds from its begin until its end, or until its last message was delivered if that was later
   * @param unsent messages that were due, but that the server's side of the connection did not take
   * @param expected deliveries, if none of the sent messages were lost
   */
  record Part(String name, double seconds, long unsent, long expected, Tally tally) {
    long lost() {
      return Math.max(0, expected - tally.delivered);
    }

    double deliveredPerSecond() {
      return seconds > 0 ? tally.delivered / seconds : 0;
    }
  }

  /**
   * What the tool itself did, from the begin of the measured time until the last delivery.
   *
   * @param busiest share of the time in which the busiest loop computed
   * @param waited share of the time in which that loop could have computed, but no core was free
   * @param nanosPerDelivery CPU time of all loops for one delivery
   * @param otherCores cores that neither the tool nor the server used, but somebody did
   * @param complaints why the figures say more about the tool or the machine than about the server; empty if they do not
   */
  record Tool(double busiest, double waited, double nanosPerDelivery, double otherCores, boolean bottleneck, List<String> complaints) {}

  /**
   * The server's process.
   *
   * @param userMicros CPU time for one delivery
   * @param systemMicros CPU time for one delivery
   * @param cores that it used on average
   * @param residentKilobytes its memory at the end of the load
   */
  record Server(double userMicros, double systemMicros, double cores, long residentKilobytes, Optional<Memory> memory) {
    double micros() {
      return userMicros + systemMicros;
    }
  }

  /**
   * Resident memory in KB, before the connections and with them.
   *
   * @param settled whether it had stopped changing
   */
  record Memory(long before, long after, int connections, boolean settled) {
    double each() {
      return (double) (after - before) / connections;
    }
  }

  /**
   * What became of presence.
   *
   * @param changes that the watchers should have seen, all together
   * @param beats heartbeats that were sent, warm-up included
   * @param accepted heartbeats that the server counted in the same time; empty where it does not say
   * @param absent visitors that could not connect
   */
  record Presence(Watch.Seen seen, long changes, long beats, OptionalLong accepted, Optional<RedisUse> redis, int absent) {
    long lost() {
      return Math.max(0, changes - seen.changes());
    }

    private boolean isFaulty() {
      return lost() > 0 || absent > 0 || seen.incomplete() > 0 || seen.early() > 0 || seen.doubled() > 0 || seen.unexpected() > 0 || seen.malformed() > 0
          || accepted.isPresent() && accepted.getAsLong() < beats;
    }
  }

  /**
   * Whether a message was lost, doubled, came where it should not or named a wrong sender, in a measured part, or a watcher saw something else than there was. Order counts with mesh, PTT and Socket.IO, whose
   * contracts promise it.
   */
  boolean isFaulty() {
    boolean ordered = plan.preset() == Preset.MESH || plan.preset() == Preset.SOCKETIO || plan.preset().isPtt();
    return oddities.strays() > 0 || oddities.misnamed() > 0 || presence.filter(Presence::isFaulty).isPresent()
        || parts.stream().anyMatch(part -> part.lost() > 0 || part.tally().duplicated > 0 || ordered && part.tally().reordered > 0);
  }
}
