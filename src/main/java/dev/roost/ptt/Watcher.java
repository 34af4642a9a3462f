package dev.roost.ptt;

import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Subscription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** A dashboard: what it wants to hear, and what it has not heard yet. On the loop of the switchboard. */
final class Watcher {
  private final Client client;
  /** The last state of each user that waits: for the snapshot to be sent first, or for the end of the window. */
  private final Map<String, Notice> collected = new LinkedHashMap<>();
  /** Whom it believes to be online, where it does not hear of everybody. */
  private Set<String> shown = Set.of();
  private Subscription subscription = Subscription.ALL;
  private List<TalkGroup> groups = List.of();
  private boolean isLive;
  private boolean hasSent;
  private long lastSentNanos;
  private Loop.Cancellable window = Loop.Cancellable.NONE;
  private boolean isWindowOpen;
  /** What it asked for last. */
  private Subscription latest = Subscription.ALL;
  private boolean hasWish;
  private boolean isServed;
  private OptionalLong servedNanos = OptionalLong.empty();
  private Loop.Cancellable pause = Loop.Cancellable.NONE;

  Watcher(Client client) {
    this.client = client;
  }

  Client client() {
    return client;
  }

  Subscription subscription() {
    return subscription;
  }

  /** @param known the groups that it names, which are kept as long as it does */
  void subscribe(Subscription wanted, List<TalkGroup> known) {
    subscription = wanted;
    groups = known;
  }

  List<TalkGroup> groups() {
    return groups;
  }

  /**
   * Whether a change is for it. Who was shown as online is shown as offline, too, though its membership ended with its connection.
   */
  boolean wants(Update update) {
    return wants(update.userId()) || !update.isOnline() && shown.contains(update.userId());
  }

  /** It knows of this change now. */
  void shown(Update update) {
    if (subscription.isEverybody()) {
      return;
    }
    if (update.isOnline()) {
      shown.add(update.userId());
    } else {
      shown.remove(update.userId());
    }
  }

  boolean wants(String userId) {
    if (subscription.isEverybody() || subscription.userIds().contains(userId)) {
      return true;
    }
    for (TalkGroup group : groups) {
      if (group.isMember(userId)) {
        return true;
      }
    }
    return false;
  }

  /** Whom it wants to hear of now, where that is not everybody. */
  Set<String> wanted() {
    Set<String> userIds = new HashSet<>(subscription.userIds());
    groups.forEach(group -> userIds.addAll(group.members()));
    return userIds;
  }

  // ---- What it asks for: one thing at a time, of what comes meanwhile the newest

  void wish(Subscription wanted) {
    latest = wanted;
    hasWish = true;
  }

  /** It needs a new snapshot of what it asked for last. */
  void wishAgain() {
    hasWish = true;
  }

  /** Whether it has asked for something that nobody has begun with. */
  boolean hasWish() {
    return hasWish;
  }

  /** What it asked for is begun with; nothing else is until that is {@link #served}. */
  Subscription serve() {
    isServed = true;
    hasWish = false;
    return latest;
  }

  /** What it asked for waits for this timer. */
  void pause(Loop.Cancellable timer) {
    isServed = true;
    pause = timer;
  }

  boolean isServed() {
    return isServed;
  }

  void served() {
    isServed = false;
  }

  /** It has asked for this snapshot, so the next is not made at once. */
  void takesTurn(long nanos) {
    servedNanos = OptionalLong.of(nanos);
  }

  /** Nanoseconds until it may have the next; 0 or less if it may now. */
  long untilTurn(long nanos, long spacingNanos) {
    return servedNanos.isPresent() ? servedNanos.getAsLong() + spacingNanos - nanos : 0;
  }

  /** It has gone. */
  void stop() {
    closeWindow();
    pause.cancel();
  }

  // ---- Snapshot first

  /** From now on changes wait for a snapshot. */
  void awaitSnapshot() {
    isServed = true;
    isLive = false;
    closeWindow();
  }

  /** @param online whom it knows to be online, where it does not hear of everybody; belongs to it from now on */
  void live(Set<String> online) {
    isLive = true;
    shown = online;
  }

  boolean isLive() {
    return isLive;
  }

  // ---- What waits

  /** Keeps a change; the one that it replaces, if there was one of the same user. */
  Notice collect(Notice notice) {
    // Behind the others: the order of the changes is that of the last ones.
    Notice old = collected.remove(notice.update().userId());
    collected.put(notice.update().userId(), notice);
    return old;
  }

  /** Everything that waits, which waits no more. */
  Collection<Notice> takeAll() {
    List<Notice> all = new ArrayList<>(collected.values());
    collected.clear();
    return all;
  }

  // ---- The window

  /** Nanoseconds until a change may be sent at once; 0 or less if it may now. */
  long untilQuiet(long nanos, long windowNanos) {
    return hasSent ? lastSentNanos + windowNanos - nanos : 0;
  }

  void sent(long nanos) {
    hasSent = true;
    lastSentNanos = nanos;
  }

  boolean isWindowOpen() {
    return isWindowOpen;
  }

  void openWindow(Loop.Cancellable timer) {
    isWindowOpen = true;
    window = timer;
  }

  void closeWindow() {
    isWindowOpen = false;
    window.cancel();
  }
}
