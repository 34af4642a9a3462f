package dev.roost.socketio;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was sent in a namespace lately, so that a socket that comes back gets what it missed. On the loop of the server.
 *
 * <p>Every event of the namespace has a number, and the receiver learns it as its <em>offset</em>: the event's last argument. The client shows the last one that it got when it comes
 * back. Events are kept for the window and as long before it as a break may go unnoticed: what is older was received, or the socket would be known to be gone. What was dropped
 * sooner, for the bound of memory or because a timer came late, is remembered by its time: a socket that might have missed it is not brought back with a gap, but told to begin anew.
 */
final class EventLog {
  private static final int MAX_EVENTS = 50_000;
  /** Of an event beside its bytes, roughly: so that many small ones cannot take more than the memory allows. */
  private static final int OVERHEAD_BYTES = 256;
  private static final int NUMBER_RADIX = 36;

  private final Loop loop;
  /** Of this log alone: a client shows its last offset even where the namespace has ended meanwhile and come again. */
  private final String epoch;
  private final long noticedNanos;
  private final Duration keep;
  private final Memory memory;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long bytes;
  private long last;
  /** The newest event that was dropped. */
  private long dropped;
  private long droppedNanos;
  private Loop.Cancellable cleaning = Loop.Cancellable.NONE;
  private boolean cleans;
  private boolean ended;

  /** The bytes of all logs of a server. When they are too many, the log that has most gives some back: nobody can take the memory of other namespaces. */
  static final class Memory {
    private final long most;
    private final Set<EventLog> logs = Collections.newSetFromMap(new IdentityHashMap<>());
    private long used;

    Memory(long most) {
      this.most = most;
    }

    long used() {
      return used;
    }

    private void makeRoom() {
      while (used > most) {
        logs.stream().max(Comparator.comparingLong(log -> log.bytes)).orElseThrow().dropFirst();
      }
    }
  }

  /**
   * What was sent again to a socket that came back.
   *
   * @param first the number of the oldest
   * @param last the number of the newest
   * @param nanos when it was sent again
   */
  record Resent(long first, long last, long nanos) {

    /** Whether the client, which has all up to {@code received}, may lack one of these that is no longer there: one up to {@code dropped}. */
    boolean concerns(long received, long dropped) {
      return received < last && first <= dropped;
    }
  }

  /** One event and whom it was for. */
  record Entry(long number, long nanos, Target target, Encoded packet) {

    int bytes() {
      return packet.length() + OVERHEAD_BYTES;
    }
  }

  /**
   * A log without events.
   *
   * @param window how long a socket may come back
   * @param noticedAfter how long a break may go unnoticed
   */
  EventLog(Loop loop, String epoch, Duration window, Duration noticedAfter, Memory memory) {
    this.loop = loop;
    this.epoch = epoch;
    noticedNanos = noticedAfter.toNanos();
    keep = window.plus(noticedAfter);
    this.memory = memory;
  }

  /** The number of the last event. */
  long last() {
    return last;
  }

  /** The number of the next event, which has to be kept next. */
  long next() {
    return ++last;
  }

  /** A number as clients see it. */
  String offset(long number) {
    return epoch + "-" + Long.toString(number, NUMBER_RADIX);
  }

  /** The number behind an offset; empty if it is none of this log's. */
  Optional<Long> number(String offset) {
    if (!offset.startsWith(epoch + "-")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(offset, epoch.length() + 1, offset.length(), NUMBER_RADIX)).filter(number -> number >= 0 && number <= last);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Keeps an event; nobody comes back for it when the log has ended. */
  void keep(long number, Target target, Encoded packet) {
    if (ended) {
      return;
    }
    Entry entry = new Entry(number, loop.nanos(), target, packet);
    if (entries.isEmpty()) {
      memory.logs.add(this);
    }
    entries.add(entry);
    count(entry.bytes());
    dropOld();
    while (entries.size() > MAX_EVENTS) {
      dropFirst();
    }
    memory.makeRoom();
    cleanLater();
  }

  /**
   * Whether everything after this number is still there that an interrupted socket could have missed: of what is no longer there, the newest was sent so long before the break that it was
   * received, and so was the newest that was sent again at the socket's last return.
   */
  boolean reaches(long number, Socket socket) {
    long received = socket.brokenAt() - noticedNanos;
    return number >= dropped || droppedNanos - received < 0 && socket.resent().filter(resent -> resent.concerns(number, dropped) && resent.nanos() - received >= 0).isEmpty();
  }

  /** What was for a socket after this number, in order. */
  List<Entry> missed(Socket socket, long number) {
    List<Entry> missed = new ArrayList<>();
    Iterator<Entry> newestFirst = entries.descendingIterator();
    while (newestFirst.hasNext()) {
      Entry entry = newestFirst.next();
      if (entry.number <= number) {
        break;
      }
      if (entry.target.included(socket, entry.number)) {
        missed.add(entry);
      }
    }
    Collections.reverse(missed);
    return missed;
  }

  /** The number of the oldest event that is still there; the next one's if there is none. */
  long first() {
    return entries.isEmpty() ? last + 1 : entries.peek().number;
  }

  /** Gives the memory back, for good. */
  void end() {
    ended = true;
    cleaning.cancel();
    while (!entries.isEmpty()) {
      dropFirst();
    }
  }

  // ---- Forgetting

  /** Drops what is past its time, also when nothing is sent any more. One timer at a time: as long as events come, each of them does the work. */
  private void cleanLater() {
    if (!cleans && !entries.isEmpty()) {
      cleans = true;
      cleaning = loop.after(Duration.ofNanos(Math.max(0, entries.peekLast().nanos + keep.toNanos() - loop.nanos())), () -> {
        cleans = false;
        dropOld();
        cleanLater();
      });
    }
  }

  private void dropOld() {
    while (!entries.isEmpty() && loop.nanos() - entries.peek().nanos >= keep.toNanos()) {
      dropFirst();
    }
  }

  private void dropFirst() {
    Entry first = entries.poll();
    count(-first.bytes());
    if (entries.isEmpty()) {
      memory.logs.remove(this);
    }
    dropped = first.number;
    droppedNanos = first.nanos;
  }

  private void count(long change) {
    bytes += change;
    memory.used += change;
  }
}
