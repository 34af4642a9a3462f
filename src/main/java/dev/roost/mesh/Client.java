package dev.roost.mesh;

import dev.roost.core.ByteBudget;
import dev.roost.core.Connection;
import dev.roost.core.OncePer;
import java.time.Duration;
import java.time.Instant;

/** A device that is connected: the record of section 2.1. It outlives its connection when a newer one takes its place. */
final class Client {
  private static final Duration NEW = Duration.ofSeconds(10);
  private static final Duration FAULT_ANSWERS = Duration.ofSeconds(1);
  private static final long SMALL_LIST = 65_536;
  private static final long LIST_BYTES_PER_SECOND = 1 << 20;

  private final long seq;
  private final Instant joinTime;
  private final long joinNanos;
  private Introduction introduction;
  private Connection connection;
  private Instant lastSeen;
  private long lastSeenNanos;
  /** Made with the first fault: most clients never commit one. */
  private OncePer faults;
  /** Made with the first long list. */
  private ByteBudget lists;
  /** Made with the first broadcast. */
  private ByteBudget broadcasts;
  /** Made with the first message to it. */
  private ByteBudget received;

  Client(long seq, Introduction introduction, Connection connection, Instant now, long nanos) {
    this.seq = seq;
    this.introduction = introduction;
    this.connection = connection;
    joinTime = now;
    joinNanos = nanos;
  }

  String id() {
    return introduction.clientId();
  }

  Introduction introduction() {
    return introduction;
  }

  Connection connection() {
    return connection;
  }

  Instant joinTime() {
    return joinTime;
  }

  Instant lastSeen() {
    return lastSeen;
  }

  /** D9: the newest connection wins; what the device says of itself is taken from it. */
  void replaceConnection(Introduction newer, Connection with) {
    introduction = newer;
    connection = with;
  }

  void seen(Instant now, long nanos) {
    lastSeen = now;
    lastSeenNanos = nanos;
  }

  /** Whether some of the others may not have heard of it yet. */
  boolean isNew(long nanos) {
    return nanos - joinNanos < NEW.toNanos();
  }

  boolean isSilentFor(Duration limit, long nanos) {
    return nanos - lastSeenNanos > limit.toNanos();
  }

  /** What it is in an election, if it stands. */
  Election.Candidate candidacy() {
    return new Election.Candidate(id(), introduction.capabilities().priority(), seq);
  }

  /** 3.1, robust rule: whether it may be told of a fault now; if so, it counts as told. */
  boolean mayHearOfFault(long nanos) {
    if (faults == null) {
      faults = new OncePer(FAULT_ANSWERS);
    }
    return faults.allow(nanos);
  }

  /** Whether it may send so many bytes to everybody now. */
  boolean mayBroadcast(int bytes, MeshSettings settings, long nanos) {
    if (broadcasts == null) {
      broadcasts = settings.relayBudget(6, nanos);
    }
    return broadcasts.take(bytes, nanos);
  }

  /** Whether others may send it so many bytes now. */
  boolean mayReceive(int bytes, MeshSettings settings, long nanos) {
    if (received == null) {
      received = settings.relayBudget(3, nanos);
    }
    return received.take(bytes, nanos);
  }

  /** Whether it may have a list of so many bytes now: some forty bytes ask for it. */
  boolean mayTakeList(long bytes, long nanos) {
    if (bytes <= SMALL_LIST) {
      return true;
    }
    if (lists == null) {
      lists = new ByteBudget(LIST_BYTES_PER_SECOND, 2 * LIST_BYTES_PER_SECOND, nanos);
    }
    return lists.take(bytes, nanos);
  }
}
