package dev.roost.bench;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;

/** What one watcher of presence got: the snapshot, and each change of the visitors. On the loop of its connection. */
final class Watch implements Ear {
  private static final int PAYLOAD_AT = 5;
  private static final byte[] NONE = {};

  private final String userPrefix;
  private final int expectedUsers;
  private final Comings comings;
  private final Timeline timeline;
  private final BitSet seenComing = new BitSet();
  private final BitSet seenGoing = new BitSet();
  /** The last one, read when the run is over: reading thousands of users takes time that would count as the server's. */
  private byte[] snapshot = NONE;
  private long early;
  private long doubled;
  private long unexpected;
  private long malformed;
  private final Histogram latency = Tally.nanosHistogram();

  /**
   * @param run that is part of the names of its users
   * @param expectedUsers of this run who are online all the time
   */
  Watch(String run, int expectedUsers, Comings comings, Timeline timeline) {
    this.expectedUsers = expectedUsers;
    this.comings = comings;
    this.timeline = timeline;
    userPrefix = PttFrames.USER_PREFIX.replace(Template.RUN, run);
  }

  @Override
  public void message(ByteBuffer bytes, int from, int to, long at) {
    try {
      PackReader reader = new PackReader(bytes, from, to);
      int elements = reader.array();
      reader.skip();
      long type = reader.number();
      if (type == PttFrames.PRESENCE_SNAPSHOT) {
        snapshot = new byte[to - from];
        bytes.get(from, snapshot);
      } else if (type == PttFrames.PRESENCE_UPDATE) {
        toPayload(reader, elements);
        update(reader, at);
      }
    } catch (PackReader.Malformed e) {
      malformed++;
    }
  }

  /** From behind the type; both documented clients read the payload at index 5. */
  private static void toPayload(PackReader reader, int elements) {
    if (elements <= PAYLOAD_AT) {
      throw new PackReader.Malformed("a message about presence has no element " + PAYLOAD_AT);
    }
    for (int element = 2; element < PAYLOAD_AT; element++) {
      reader.skip();
    }
  }

  /** What the last snapshot says. */
  private Content content() {
    PackReader reader = new PackReader(ByteBuffer.wrap(snapshot), 0, snapshot.length);
    int elements = reader.array();
    reader.skip();
    reader.skip();
    toPayload(reader, elements);
    BitSet present = new BitSet();
    int users = 0;
    long total = -1;
    for (int pairs = reader.map(); pairs > 0; pairs--) {
      if (reader.isText("users")) {
        users = reader.array();
        for (int user = 0; user < users; user++) {
          changed(reader).ifPresent(change -> change.number().ifPresent(number -> {
            if (number < Seats.VISITORS) {
              present.set(number, change.isOnline());
            }
          }));
        }
      } else if (reader.isText("totalOnline")) {
        total = reader.number();
      } else {
        reader.skip();
        reader.skip();
      }
    }
    return new Content(users, reader.isAtEnd() && total == users && present.cardinality() == expectedUsers);
  }

  /**
   * A snapshot.
   *
   * @param isWhole whether all users of this run who are online all the time are in it
   */
  private record Content(int users, boolean isWhole) {}

  private void update(PackReader reader, long at) {
    early += snapshot == NONE ? 1 : 0;
    Optional<Change> change = changed(reader);
    if (change.isEmpty() || change.get().number().isEmpty()) {
      return;
    }
    int number = change.get().number().getAsInt();
    boolean isOnline = change.get().isOnline();
    if (number < Seats.VISITORS) {
      // That somebody is online may be said twice, that somebody who beats is offline is wrong.
      unexpected += isOnline ? 0 : 1;
      return;
    }
    int visitor = number - Seats.VISITORS;
    if (visitor >= comings.most()) {
      return;
    }
    BitSet seen = isOnline ? seenComing : seenGoing;
    long when = comings.when(visitor, isOnline);
    if (seen.get(visitor)) {
      doubled++;
    } else if (when == Comings.NEVER) {
      unexpected++;
    } else {
      seen.set(visitor);
      if (when >= timeline.measuredFrom()) {
        Tally.record(latency, at - when);
      }
    }
  }

  /** What a map says of a user; the number is empty for somebody who is not of this run. */
  private Optional<Change> changed(PackReader reader) {
    OptionalInt number = OptionalInt.empty();
    Optional<Boolean> isOnline = Optional.empty();
    for (int pairs = reader.map(); pairs > 0; pairs--) {
      if (reader.isText("userId")) {
        number = number(reader.text());
      } else if (reader.isText("status")) {
        isOnline = Optional.of(reader.text().equals("online"));
      } else {
        reader.skip();
        reader.skip();
      }
    }
    OptionalInt found = number;
    return isOnline.map(online -> new Change(found, online));
  }

  private OptionalInt number(String userId) {
    return userId.startsWith(userPrefix) && userId.length() == userPrefix.length() + Template.DIGITS
        ? OptionalInt.of(Integer.parseInt(userId, userPrefix.length(), userId.length(), 10)) : OptionalInt.empty();
  }

  private record Change(OptionalInt number, boolean isOnline) {}

  /** As it is now. */
  Seen seen() {
    Content content = new Content(0, false);
    try {
      content = snapshot == NONE ? content : content();
    } catch (PackReader.Malformed e) {
      malformed++;
    }
    return new Seen(content.users(), content.isWhole() ? 0 : 1, early, seenComing.cardinality() + seenGoing.cardinality(), doubled, unexpected, malformed, latency.copy());
  }

  /**
   * What watchers got.
   *
   * @param users in the largest snapshot
   * @param incomplete watchers without a snapshot that has all users of this run
   * @param early updates before the snapshot
   * @param changes of visitors, each once
   * @param doubled changes that had been told before
   * @param unexpected changes that there were not
   * @param latency of the changes in the measured time, from the begin of the connection or its end to the read
   */
  record Seen(int users, int incomplete, long early, long changes, long doubled, long unexpected, long malformed, Histogram latency) {
    Seen plus(Seen more) {
      latency.add(more.latency);
      return new Seen(Math.max(users, more.users), incomplete + more.incomplete, early + more.early, changes + more.changes, doubled + more.doubled,
          unexpected + more.unexpected, malformed + more.malformed, latency);
    }
  }
}
