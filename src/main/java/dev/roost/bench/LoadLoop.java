package dev.roost.bench;

import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One event loop with its connections' accounts. All methods on the loop, unless they say otherwise. */
final class LoadLoop {
  private final EventLoop eventLoop;
  private final Timeline timeline;
  private final Marker marker;
  private final Routing routing;
  private final int streams;
  private final Optional<SenderName> senderName;
  private final Optional<Rotation> rotation;
  private final Tally[] tallies = new Tally[Timeline.PARTS];
  private final Frames frames = new Frames();
  /** Where in the message before the marker was: nearly always where it is in this one. */
  private int hint;
  /** The time of the read that is being worked on. */
  private long readAt;
  private long lastDelivery;
  private long worst;
  private long delivered;
  private Pacer pacer = Pacer.NOTHING;

  /** Messages with a marker of this run that no one should have got here. */
  private long strays;
  /** Messages of this run that name somebody else as their sender. */
  private long misnamed;
  private final Notices notices = new Notices();
  private long ended;
  private String firstEnd = "";
  private boolean closing;

  /** Published once a read; any thread. */
  private final AtomicLong deliveredSoFar = new AtomicLong();
  private final AtomicLong sentSoFar = new AtomicLong();
  private final AtomicLong lastDeliveryAt = new AtomicLong();

  LoadLoop(EventLoop eventLoop, Plan plan, Timeline timeline, Marker marker, Optional<SenderName> senderName) {
    this.eventLoop = eventLoop;
    this.timeline = timeline;
    this.marker = marker;
    this.senderName = senderName;
    rotation = Rotation.of(plan);
    routing = plan.routing();
    streams = routing.streams();
    for (int part = 0; part < tallies.length; part++) {
      tallies[part] = new Tally();
    }
  }

  /** Any thread. */
  EventLoop eventLoop() {
    return eventLoop;
  }

  /** Deliveries so far, warm-up included. Any thread. */
  long deliveredSoFar() {
    return deliveredSoFar.get();
  }

  /** Messages sent so far, warm-up included. Any thread. */
  long sentSoFar() {
    return sentSoFar.get();
  }

  /** When the last delivery was read, on the timeline. Any thread. */
  long lastDeliveryAt() {
    return lastDeliveryAt.get();
  }

  Timeline timeline() {
    return timeline;
  }

  Marker marker() {
    return marker;
  }

  Frames frames() {
    return frames;
  }

  Tally tally(int part) {
    return tallies[part];
  }

  /** Begins to send by this pacer. */
  void pace(Pacer given) {
    pacer = given;
  }

  /** Sends what is due and has not been sent yet. */
  void sendDue() {
    pacer.pump();
  }

  /** A connection has read something; what comes until {@link #endRead} was read at this time. */
  void beginRead() {
    readAt = timeline.now();
  }

  /** When what is being worked on was read. */
  long readAt() {
    return readAt;
  }

  /** Publishes the counts, and sends what has become due: waiting for the timer until all reads are done would make the tool late. */
  void endRead() {
    deliveredSoFar.lazySet(delivered);
    lastDeliveryAt.lazySet(lastDelivery);
    if (readAt >= pacer.nextDue()) {
      pacer.pump();
    }
  }

  /** Enters a message that a connection got. */
  void message(Client client, ByteBuffer bytes, int from, int to) {
    if (rotation.isPresent()) {
      unmarked(client, rotation.get().form(bytes, from, to), bytes, from, to);
    } else {
      marked(client, bytes, from, to);
    }
  }

  private void unmarked(Client client, int form, ByteBuffer bytes, int from, int to) {
    if (form < 0) {
      notices.arrived(bytes, from, to);
    } else if (client.seat().measured()) {
      int sequence = Rotation.sequence(form, client.ledger());
      long due = timeline.schedule().due(sequence);
      if (due > readAt || due >= timeline.end()) {
        // No server can know it yet.
        tallies[timeline.partOf(readAt)].duplicated++;
      } else {
        enter(client.ledger().arrived(0, sequence), due, to - from);
      }
    }
  }

  private void marked(Client client, ByteBuffer bytes, int from, int to) {
    int at = marker.find(bytes, from, to, from + hint);
    if (at < 0 || !Marker.isWhole(bytes, at)) {
      notices.arrived(bytes, from, to);
      return;
    }
    hint = at - from;
    int stream = Marker.stream(bytes, at);
    int sequence = Marker.sequence(bytes, at);
    Seat seat = client.seat();
    if (!seat.measured()) {
      return;
    }
    if (stream < 0 || stream >= streams || sequence < 0 || !routing.reaches(seat, stream)) {
      strays++;
      return;
    }
    if (senderName.isPresent() && !senderName.get().isOf(routing.sender(stream), bytes, from, to)) {
      misnamed++;
    }
    enter(client.ledger().arrived(routing.slot(stream), sequence), Marker.due(bytes, at), to - from);
  }

  private void enter(Gaps.Arrival arrival, long due, int length) {
    Tally tally = tallies[timeline.partOf(due)];
    if (arrival == Gaps.Arrival.DUPLICATE) {
      tally.duplicated++;
      return;
    }
    if (arrival == Gaps.Arrival.LATE) {
      tally.reordered++;
    }
    long latency = readAt - due;
    Tally.record(tally.latency, latency);
    worst = Math.max(worst, latency);
    tally.delivered++;
    tally.bytes += length;
    delivered++;
    lastDelivery = readAt;
  }

  /** A sender's connection that was full takes more. */
  void writable(Client sender) {
    pacer.writable(sender);
  }

  /** A message is written, which is late by the tool's own fault unless the connection held it back. */
  void sent(long due, boolean heldBack) {
    Tally tally = tallies[timeline.partOf(due)];
    tally.sent++;
    if (heldBack) {
      tally.heldBack++;
    } else {
      Tally.record(tally.sendLag, timeline.now() - due);
    }
    sentSoFar.lazySet(sentSoFar.getPlain() + 1);
  }

  /** A connection that was ready has ended. */
  void ended(String why) {
    if (!closing) {
      ended++;
      firstEnd = firstEnd.isEmpty() ? why : firstEnd;
    }
  }

  /** Whether connections end because the tool wants it. */
  void closing(boolean wanted) {
    closing = wanted;
  }

  /** The worst latency since it was asked for last, in nanoseconds. */
  long takeWorst() {
    long taken = worst;
    worst = 0;
    return taken;
  }

  /** As it is now: a copy. */
  Oddities oddities() {
    return new Oddities(strays, misnamed, notices.plus(new Notices()), ended, firstEnd);
  }

  /**
   * What should not happen, and what is none of the load.
   *
   * @param strays messages of this run that came where they should not
   * @param misnamed messages that came where they should, but name another sender
   * @param notices messages without a marker: answers, lists, complaints
   * @param ended connections that were ready and ended before the run did
   * @param firstEnd why the first of them did; empty if none
   */
  record Oddities(long strays, long misnamed, Notices notices, long ended, String firstEnd) {
    Oddities plus(Oddities more) {
      return new Oddities(strays + more.strays, misnamed + more.misnamed, notices.plus(more.notices), ended + more.ended,
          firstEnd.isEmpty() ? more.firstEnd : firstEnd);
    }
  }
}
