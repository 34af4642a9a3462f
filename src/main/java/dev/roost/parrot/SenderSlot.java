package dev.roost.parrot;

import dev.roost.core.CloseReason;
import dev.roost.core.Loop;
import dev.roost.parrot.ParrotMessages.Demoted;
import dev.roost.parrot.ParrotMessages.Handshake;
import dev.roost.parrot.ParrotMessages.Kicked;
import dev.roost.parrot.ParrotMessages.ObserverMode;
import dev.roost.parrot.ParrotMessages.Promoted;
import dev.roost.parrot.ParrotMessages.Rejected;
import dev.roost.parrot.ParrotMessages.Rejection;
import dev.roost.parrot.ParrotMessages.Role;
import dev.roost.parrot.ParrotMessages.SenderChanged;
import dev.roost.parrot.ParrotMessages.SenderPromoted;
import dev.roost.parrot.ParrotMessages.UserDisconnected;
import dev.roost.parrot.ParrotMessages.Welcome;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;

/**
 * Who may send: rules T1 to T16 of section 2.2 of the contract. The slot is vacant or held by one registered user, and after every
 * event the invariants I1 to I3 hold. Single-threaded on the session's loop.
 */
final class SenderSlot {
  private final Loop loop;
  private final ParrotSettings settings;
  private final Users users;
  private final SessionRecords records;
  private final Receivers receivers;
  private final StatsBoard stats;

  private Optional<User> holder = Optional.empty();
  /** Both are about the holder. */
  private long promotedNanos;
  private Cause promotedBy = Cause.HANDSHAKE;
  private Loop.Cancellable inactivityTimer = Loop.Cancellable.NONE;

  /** What made a user the sender; it decides how long nobody may ask for the role. */
  enum Cause { HANDSHAKE, RECLAIM, TIMEOUT, SUCCESSION, REQUEST, DASHBOARD }

  SenderSlot(Loop loop, ParrotSettings settings, Users users, SessionRecords records, Receivers receivers, StatsBoard stats) {
    this.loop = loop;
    this.settings = settings;
    this.users = users;
    this.records = records;
    this.receivers = receivers;
    this.stats = stats;
  }

  Optional<User> holder() {
    return holder;
  }

  boolean isHeldBy(User user) {
    return holder.isPresent() && holder.get() == user;
  }

  /** T1: whether there is no place for one more. */
  boolean isFull() {
    return users.size() >= settings.maxUsers();
  }

  /** T2, T3: a user was accepted. */
  void connected(User u) {
    users.add(u);
    holder.ifPresent(h -> receivers.send(u, new ObserverMode(h.displayName())));
    receivers.announce(u);
    stats.changed();
  }

  /** T4 to T8. */
  void handshake(User u, Handshake message) {
    boolean first = !u.handshaken;
    u.handshaken = true;
    u.username = message.username().or(() -> u.username);
    u.deviceId = message.deviceId().or(() -> u.deviceId);
    u.receivesData = settings.observerSensorData() || message.receiveData();
    Optional<SessionRecords.Left> record = u.deviceId.flatMap(id -> records.consume(id, loop.nanos()));

    if (holder.isEmpty()) {
      promote(u, Cause.HANDSHAKE);
    } else if (first && !isHeldBy(u)) {
      // T8: a later handshake of the connection takes a vacant slot, but nothing from anybody.
      User h = holder.get();
      if (mayReclaim(u, record, h)) {
        promote(u, Cause.RECLAIM);
      } else if (isOverdue(h)) {
        h.timedOutNanos = Optional.of(loop.nanos());
        promote(u, Cause.TIMEOUT);
      }
    }
    receivers.send(u, new Welcome(u.id, loop.now(), isHeldBy(u) ? Role.SENDER : Role.OBSERVER, record.isPresent()));
    stats.changed();
  }

  /** T9. */
  void requestRole(User u) {
    if (isHeldBy(u)) {
      receivers.send(u, new Promoted());
    } else if (holder.isEmpty() || isTakeable(holder.get(), settings.senderTimeout())) {
      promote(u, Cause.REQUEST);
    } else {
      receivers.send(u, new Rejected(Rejection.SENDER_ACTIVE));
    }
  }

  /** T10: whether data of this user counts; if so, the inactivity timer starts anew. */
  boolean accept(User u) {
    if (!isHeldBy(u)) {
      receivers.send(u, new Rejected(Rejection.NOT_ACTIVE_SENDER));
      return false;
    }
    u.dataCount++;
    u.lastData = Optional.of(loop.now());
    u.lastDataNanos = loop.nanos();
    u.timedOutNanos = Optional.empty();
    return true;
  }

  /** T11: the holder has sent nothing for too long. */
  private void inactive() {
    User h = holder.orElseThrow();
    long left = settings.senderTimeout().toNanos() - silentNanos(h);
    if (left > 0) {
      // Data came since the timer was set; it is not set anew a point, which would be a timer twenty times a second.
      watchInactivity(Duration.ofNanos(left));
      return;
    }
    Optional<User> next = successor(h, true);
    if (next.isPresent()) {
      h.timedOutNanos = Optional.of(loop.nanos());
      promote(next.get(), Cause.TIMEOUT);
    } else {
      watchInactivity(settings.senderTimeout());
    }
  }

  /** T12, T16: a user's connection has ended. Nothing happens if that was known already. */
  void left(User u) {
    leave(u, false);
  }

  /** T13. */
  void promoteByDashboard(User u) {
    promote(u, Cause.DASHBOARD);
  }

  /** T14: false if the slot was vacant. */
  boolean demote() {
    if (holder.isEmpty()) {
      return false;
    }
    User h = holder.get();
    vacate();
    receivers.send(h, new Demoted());
    stats.changed();
    return true;
  }

  /** T15. */
  void kick(User u) {
    receivers.send(u, new Kicked());
    u.connection.close(CloseReason.policy("Kicked"));
    records.ban(u.deviceId, u.ip, loop.nanos());
    leave(u, true);
  }

  private void leave(User u, boolean kicked) {
    if (!users.remove(u)) {
      return;
    }
    boolean wasSender = isHeldBy(u);
    u.deviceId.ifPresent(id -> records.store(id, new SessionRecords.Left(loop.nanos(), wasSender, kicked)));
    if (wasSender) {
      vacate();
    }
    receivers.toDashboards(new UserDisconnected(u.id, u.dataCount, wasSender));
    Optional<User> next = wasSender ? successor(u, false) : Optional.empty();
    if (next.isPresent()) {
      promote(next.get(), Cause.SUCCESSION);
    } else {
      stats.changed();
    }
  }

  private void promote(User u, Cause cause) {
    if (isHeldBy(u)) {
      receivers.send(u, new Promoted());
      return;
    }
    holder.ifPresent(h -> receivers.send(h, new Demoted()));
    vacate();
    holder = Optional.of(u);
    promotedNanos = loop.nanos();
    promotedBy = cause;
    watchInactivity(settings.senderTimeout());
    receivers.send(u, new Promoted());
    receivers.toOthers(users, u, new SenderChanged(u.displayName()));
    receivers.toDashboards(new SenderPromoted(u.id, u.username));
    stats.changed();
  }

  private void vacate() {
    holder = Optional.empty();
    inactivityTimer.cancel();
  }

  private void watchInactivity(Duration delay) {
    inactivityTimer.cancel();
    inactivityTimer = loop.after(delay, this::inactive);
  }

  /** Section 2.2, successor: who takes over from x. */
  private Optional<User> successor(User x, boolean onInactivity) {
    return users.all().stream()
        .filter(u -> u != x && (u.handshaken || !onInactivity))
        .max(Comparator.comparing((User u) -> u.handshaken)
            .thenComparing(u -> u.timedOutNanos.isEmpty())
            // Among those who timed out the longest ago first; nanos of one process, so the difference decides.
            .thenComparing(u -> u.timedOutNanos.map(at -> loop.nanos() - at).orElse(0L))
            .thenComparing(u -> u.seq));
  }

  /** Section 2.2, takeable(h, T). */
  private boolean isTakeable(User h, Duration idle) {
    boolean silent = h.lastData.isEmpty() || loop.nanos() - h.lastDataNanos > idle.toNanos();
    Duration grace = switch (promotedBy) {
      case HANDSHAKE, RECLAIM, SUCCESSION, TIMEOUT -> Duration.ZERO;
      case REQUEST -> settings.roleGrace();
      case DASHBOARD -> settings.senderTimeout();
    };
    return silent && loop.nanos() - promotedNanos >= grace.toNanos();
  }

  /** Section 2.3: the device that lost the role, or whose half-open older connection still holds it, is back. */
  private boolean mayReclaim(User u, Optional<SessionRecords.Left> record, User h) {
    boolean lostIt = record.isPresent() && record.get().wasActiveSender() && !record.get().kicked()
        && loop.nanos() - record.get().atNanos() < settings.reclaimWindow().toNanos();
    boolean sameDevice = u.deviceId.isPresent() && u.deviceId.equals(h.deviceId) && h.seq < u.seq;
    return (lostIt || sameDevice) && isTakeable(h, settings.reclaimIdle());
  }

  /** T6: silent for longer than allowed, and only still there because nobody could take over. */
  private boolean isOverdue(User h) {
    return silentNanos(h) > settings.senderTimeout().toNanos();
  }

  /** Time since the later of promotion and last accepted data. */
  private long silentNanos(User h) {
    long sincePromotion = loop.nanos() - promotedNanos;
    return h.lastData.isEmpty() ? sincePromotion : Math.min(sincePromotion, loop.nanos() - h.lastDataNanos);
  }
}
