package dev.roost.core;

/**
 * The frames that wait for one client, in memory bounded by bytes. Single-threaded: it belongs to the loop of the socket.
 *
 * <p>Promises, in the order in which frames are taken out:
 * <ol>
 *   <li>RELIABLE frames come out all of them, in order, and no other frame ever moves past one, in either direction.
 *   <li>DROPPABLE frames keep their order; missing are only those dropped for the bound, the oldest first.
 *   <li>Of LATEST frames with one key at most one waits, the newest. It takes the place of the one it replaces, so a steady stream of
 *       updates cannot starve itself, unless a RELIABLE frame was queued in between, or its delivery says so: then it goes to the end.
 *   <li>{@link #bytes()} stays within the bound, except that a single frame is always accepted, whatever its size: one that is larger than the bound
 *       by itself does not count against what waits around it, so what follows a big frame in the same moment does not cost a quick client its
 *       connection. A second one of that size does.
 *   <li>If RELIABLE and LATEST frames alone do not fit, {@link #offer} says so and the connection has to be closed.
 * </ol>
 *
 * <p>An empty outbox holds no memory beyond itself: most connections are idle most of the time.
 */
public final class Outbox {
  private final long maxBytes;
  private final Drops drops;

  private Entry head;
  private Entry tail;
  /** DROPPABLE entries in queue order. */
  private Entry oldestDroppable;
  private Entry newestDroppable;
  /** LATEST entries, newest key first; a handful, so it is searched and not hashed. */
  private Entry latest;
  private long bytes;
  private int size;
  private long reliableCount;
  /** The one waiting frame that is larger than the bound by itself; null if there is none. */
  private Entry oversized;

  /** Told of every frame that will not be sent. */
  @FunctionalInterface
  public interface Drops {
    void dropped(Delivery.Kind kind, int bytes);
  }

  /**
   * @param maxBytes bound of the waiting bytes, headers included
   * @param drops told of dropped and superseded frames, on the calling thread
   */
  public Outbox(long maxBytes, Drops drops) {
    this.maxBytes = maxBytes;
    this.drops = drops;
  }

  /**
   * Queues a frame.
   *
   * @return false if what must be kept no longer fits: the client is too slow and has to go
   */
  public boolean offer(Frame frame, Delivery delivery) {
    switch (delivery.kind()) {
      case RELIABLE -> {
        reliableCount++;
        append(new Entry(frame, delivery, reliableCount));
      }
      case DROPPABLE -> linkDroppable(append(new Entry(frame, delivery, reliableCount)));
      case LATEST -> offerLatest(frame, delivery);
    }
    return makeRoom();
  }

  /** The next frame to send, removed from the queue; null if none waits. */
  public Frame poll() {
    Entry first = head;
    if (first == null) {
      return null;
    }
    remove(first);
    return first.frame;
  }

  public boolean isEmpty() {
    return head == null;
  }

  /** Bytes that wait. */
  public long bytes() {
    return bytes;
  }

  /** Frames that wait. */
  public int size() {
    return size;
  }

  /** Forgets everything, without counting it as dropped. */
  public void clear() {
    head = tail = oldestDroppable = newestDroppable = latest = oversized = null;
    bytes = 0;
    size = 0;
  }

  private void offerLatest(Frame frame, Delivery delivery) {
    Entry old = latest;
    while (old != null && !old.delivery.sameKey(delivery)) {
      old = old.classNext;
    }
    if (old == null) {
      linkLatest(append(new Entry(frame, delivery, reliableCount)));
      return;
    }
    drops.dropped(Delivery.Kind.LATEST, old.frame.length());
    if (old.reliableBefore == reliableCount && !delivery.isAtEnd()) {
      bytes += frame.length() - old.frame.length();
      old.frame = frame;
      oversized = oversized == old ? null : oversized;
      noteSize(old);
    } else {
      remove(old);
      linkLatest(append(new Entry(frame, delivery, reliableCount)));
    }
  }

  private boolean makeRoom() {
    while (counted() > maxBytes && size > 1) {
      Entry victim = oldestDroppable;
      if (victim == null) {
        return false;
      }
      remove(victim);
      noteSize(tail);
      drops.dropped(Delivery.Kind.DROPPABLE, victim.frame.length());
    }
    return true;
  }

  private long counted() {
    return oversized == null ? bytes : bytes - oversized.frame.length();
  }

  private void noteSize(Entry entry) {
    if (oversized == null && entry.frame.length() > maxBytes) {
      oversized = entry;
    }
  }

  private Entry append(Entry entry) {
    noteSize(entry);
    entry.previous = tail;
    if (tail == null) {
      head = entry;
    } else {
      tail.next = entry;
    }
    tail = entry;
    bytes += entry.frame.length();
    size++;
    return entry;
  }

  private void linkDroppable(Entry entry) {
    entry.classPrevious = newestDroppable;
    if (newestDroppable == null) {
      oldestDroppable = entry;
    } else {
      newestDroppable.classNext = entry;
    }
    newestDroppable = entry;
  }

  private void linkLatest(Entry entry) {
    entry.classNext = latest;
    if (latest != null) {
      latest.classPrevious = entry;
    }
    latest = entry;
  }

  private void remove(Entry entry) {
    if (entry.previous == null) {
      head = entry.next;
    } else {
      entry.previous.next = entry.next;
    }
    if (entry.next == null) {
      tail = entry.previous;
    } else {
      entry.next.previous = entry.previous;
    }
    unlinkClass(entry);
    oversized = oversized == entry ? null : oversized;
    bytes -= entry.frame.length();
    size--;
  }

  private void unlinkClass(Entry entry) {
    if (entry.classNext != null) {
      entry.classNext.classPrevious = entry.classPrevious;
    } else if (newestDroppable == entry) {
      newestDroppable = entry.classPrevious;
    }
    if (entry.classPrevious != null) {
      entry.classPrevious.classNext = entry.classNext;
    } else if (oldestDroppable == entry) {
      oldestDroppable = entry.classNext;
    } else if (latest == entry) {
      latest = entry.classNext;
    }
  }

  /** A waiting frame, linked in the queue and, unless RELIABLE, in the list of its class. */
  private static final class Entry {
    private Frame frame;
    private final Delivery delivery;
    /** How many RELIABLE frames had been queued when this one was: tells whether one came in between. */
    private final long reliableBefore;
    private Entry previous;
    private Entry next;
    private Entry classPrevious;
    private Entry classNext;

    Entry(Frame frame, Delivery delivery, long reliableBefore) {
      this.frame = frame;
      this.delivery = delivery;
      this.reliableBefore = reliableBefore;
    }
  }
}
