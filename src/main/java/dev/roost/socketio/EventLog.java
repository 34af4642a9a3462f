package dev.roost.socketio;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What was sent in a namespace lately, so that a socket that comes back gets what it missed. On the loop of the server.
 *
 * <p>Every event of the namespace has a number, and the receiver learns it as its <em>offset</em>: the event's last argument. The client shows the last one that it got when it comes
 * back. Events are kept for the window and as long before it as a break may go unnoticed: what is older was received, or the socket would be known to be gone. What was dropped
 * sooner, for the bound of memory, is remembered by its number: a socket that might have missed it is not brought back with a gap, but told to begin anew.
 */
final class EventLog {
  private static final int MAX_EVENTS = 20_000;
  private static final int NUMBER_RADIX = 36;

  private final Loop loop;
  private final String epoch;
  private final long keepNanos;
  private final Memory memory;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long last;
  /** The newest event that was dropped before its time. */
  private long lost;

  /** The bytes of all logs of a server. */
  static final class Memory {
    private final long most;
    private long used;

    Memory(long most) {
      this.most = most;
    }
  }

  /** One event and whom it was for. */
  record Entry(long number, long nanos, Target target, Encoded packet) {}

  EventLog(Loop loop, String epoch, Duration keep, Memory memory) {
    this.loop = loop;
    this.epoch = epoch;
    keepNanos = keep.toNanos();
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

  /** The number behind an offset; empty if it is none of this server's. */
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

  void keep(long number, Target target, Encoded packet) {
    entries.add(new Entry(number, loop.nanos(), target, packet));
    memory.used += packet.length();
    forgetOld();
    while (entries.size() > MAX_EVENTS || memory.used > memory.most && !entries.isEmpty()) {
      lost = entries.peek().number;
      dropFirst();
    }
  }

  /** Whether everything after this number that could be missing is still there. */
  boolean reaches(long number) {
    return number >= lost;
  }

  /** Hands out the events after this number, in order. */
  void since(long number, Consumer<Entry> reader) {
    for (Entry entry : entries) {
      if (entry.number > number) {
        reader.accept(entry);
      }
    }
  }

  /** The number of the oldest event that is still there; the next one's if there is none. */
  long first() {
    return entries.isEmpty() ? last + 1 : entries.peek().number;
  }

  /** Gives the memory back. */
  void end() {
    while (!entries.isEmpty()) {
      dropFirst();
    }
  }

  /** Drops what is past its time. */
  void forgetOld() {
    while (!entries.isEmpty() && loop.nanos() - entries.peek().nanos > keepNanos) {
      dropFirst();
    }
  }

  private void dropFirst() {
    memory.used -= entries.poll().packet.length();
  }
}
