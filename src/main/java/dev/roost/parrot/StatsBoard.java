package dev.roost.parrot;

import dev.roost.core.Loop;
import dev.roost.core.RateLimit;
import dev.roost.parrot.ParrotMessages.Stats;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Counts, and when statistics are sent (section 3.4, the stats rule): at once when users or roles change; at once and then at most
 * once a second for what happens often, the last state always sent; and every minute.
 *
 * <p>Changes of users and roles count as frequent, too, beyond a rate that no honest crowd reaches: a single client that handshakes sixty times a second must not
 * make the server send to ten thousand listeners each time.
 */
final class StatsBoard {
  private static final Duration THROTTLE = Duration.ofSeconds(1);
  private static final Duration REMINDER = Duration.ofSeconds(60);

  private final Loop loop;
  private final Users users;
  private final Receivers receivers;
  private final Supplier<Optional<User>> holder;
  private final Supplier<Integer> bulkQueueSize;
  private final DataRate rate;
  private final RateLimit changes;
  private final long startNanos;
  private final Loop.Cancellable reminder;
  private Loop.Cancellable postponed = Loop.Cancellable.NONE;
  private boolean isPostponed;
  private boolean sentThrottled;
  private long lastThrottledNanos;

  StatsBoard(Loop loop, Users users, Receivers receivers, Supplier<Optional<User>> holder, Supplier<Integer> bulkQueueSize,
      int maxUsers) {
    this.loop = loop;
    this.users = users;
    this.receivers = receivers;
    this.holder = holder;
    this.bulkQueueSize = bulkQueueSize;
    rate = new DataRate(loop);
    // All users coming back at once are some three changes each.
    int perSecond = Math.max(20, maxUsers);
    changes = new RateLimit(perSecond, 4 * perSecond, REMINDER, loop.nanos());
    startNanos = loop.nanos();
    reminder = loop.every(REMINDER, this::send);
  }

  /** Users, roles or handshakes changed. */
  void changed() {
    if (changes.check(loop.nanos()) == RateLimit.Verdict.ADMIT) {
      send();
    } else {
      changedOften();
    }
  }

  /** A point was accepted. */
  void dataAccepted() {
    rate.count();
    changedOften();
  }

  /**
   * Something changed that may change thousands of times a second: data, or the number of listeners.
   *
   * @return whether everybody was told now, and not later
   */
  boolean changedOften() {
    if (isPostponed) {
      return false;
    }
    long since = loop.nanos() - lastThrottledNanos;
    if (!sentThrottled || since >= THROTTLE.toNanos()) {
      sendThrottled();
      return true;
    }
    isPostponed = true;
    postponed = loop.after(THROTTLE.minusNanos(since), this::sendThrottled);
    return false;
  }

  private void sendThrottled() {
    sentThrottled = true;
    lastThrottledNanos = loop.nanos();
    send();
  }

  private void send() {
    // Whatever was postponed is in this one.
    isPostponed = false;
    postponed.cancel();
    receivers.stats(stats());
  }

  /** The state now. */
  Stats stats() {
    Optional<User> sender = holder.get();
    List<ParrotMessages.UserStats> list = users.all().stream().map(user -> user.stats(sender.isPresent() && sender.get() == user)).toList();
    return new Stats(users.size(), receivers.listeners.size(), receivers.orientation.size(), receivers.bulk.size(), sender.map(user -> user.id),
        rate.total(), rate.perMinute(), bulkQueueSize.get(), Duration.ofNanos(loop.nanos() - startNanos), list);
  }

  void stop() {
    reminder.cancel();
    postponed.cancel();
  }
}
