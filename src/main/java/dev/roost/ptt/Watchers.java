package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceBatch;
import dev.roost.ptt.PttMessages.PresenceSnapshot;
import dev.roost.ptt.PttMessages.Subscription;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells dashboards who is online: a snapshot first, then every change, nothing lost in between and nothing out of order (section 2.3 of the contract). On the loop of the switchboard; what takes as long as there are users, as the encoding of
 * snapshots, is done beside it.
 */
final class Watchers {
  private static final Duration RETRY = Duration.ofSeconds(1);
  /** A snapshot may be big, and whoever subscribes again and again must not be able to multiply it. */
  private static final Duration SPACING = Duration.ofSeconds(1);
  private static final Duration RECOVERY_SPACING = Duration.ofSeconds(2);

  private final Loop loop;
  private final PttSettings settings;
  private final Presence presence;
  private final Groups groups;
  private final Executor beside;
  private final Function<Outbound, Frame> encoder;
  private final Latencies latencies;
  private final Map<Client, Watcher> watchers = new LinkedHashMap<>();
  /** New members whose status is being asked for; a change that comes meanwhile says more. */
  private final Map<String, Set<Groups.Change>> joining = new HashMap<>();
  private OptionalLong recoveredNanos = OptionalLong.empty();
  private boolean isRecovering;

  /** @param beside runs what would keep the loop from its work */
  Watchers(Loop loop, PttSettings settings, Presence presence, Groups groups, Executor beside, Function<Outbound, Frame> encoder, Latencies latencies) {
    this.loop = loop;
    this.settings = settings;
    this.presence = presence;
    this.groups = groups;
    this.beside = beside;
    this.encoder = encoder;
    this.latencies = latencies;
  }

  int size() {
    return watchers.size();
  }

  void arrived(Client client) {
    Watcher watcher = new Watcher(client);
    watchers.put(client, watcher);
    sendSnapshot(watcher);
  }

  void departed(Client client) {
    Watcher watcher = watchers.remove(client);
    if (watcher != null) {
      watcher.stop();
      drop(watcher.takeAll());
      unpin(watcher.groups());
    }
  }

  /** It hears of others from now on, after a snapshot of those; not before it has the snapshot that it asked for last, and not oftener than once a second. */
  void subscribe(Client client, Subscription wanted) {
    Watcher watcher = watchers.get(client);
    watcher.wish(wanted);
    serve(watcher);
  }

  /** All of them begin anew: changes may have been missed. */
  void recovered() {
    if (isRecovering) {
      return;
    }
    long wait = recoveredNanos.isPresent() ? recoveredNanos.getAsLong() + RECOVERY_SPACING.toNanos() - loop.nanos() : 0;
    if (wait > 0) {
      isRecovering = true;
      loop.after(Duration.ofNanos(wait), this::recover);
    } else {
      recover();
    }
  }

  private void recover() {
    isRecovering = false;
    recoveredNanos = OptionalLong.of(loop.nanos());
    watchers.values().forEach(watcher -> {
      watcher.wishAgain();
      serve(watcher);
    });
  }

  /** Begins with what a watcher asked for last, unless it still waits for what it asked for before, or has just got it. */
  private void serve(Watcher watcher) {
    if (watcher.isServed() || !watcher.hasWish()) {
      return;
    }
    long wait = watcher.untilTurn(loop.nanos(), SPACING.toNanos());
    if (wait > 0) {
      watcher.pause(loop.after(Duration.ofNanos(wait), () -> serveNext(watcher)));
      return;
    }
    Subscription wanted = watcher.serve();
    findAll(watcher, new ArrayDeque<>(wanted.groups()), new ArrayList<>(), found -> {
      if (isForgotten(watcher)) {
        unpin(found);
        serveNext(watcher);
      } else {
        List<TalkGroup> old = watcher.groups();
        watcher.subscribe(wanted, found);
        unpin(old);
        watcher.takesTurn(loop.nanos());
        sendSnapshot(watcher);
      }
    });
  }

  private void serveNext(Watcher watcher) {
    watcher.served();
    if (!watcher.client().isGone()) {
      serve(watcher);
    }
  }

  /** Whether nobody waits any more for what a watcher is being served with. */
  private static boolean isForgotten(Watcher watcher) {
    return watcher.client().isGone() || watcher.hasWish();
  }

  /** One after the other; those that were found until the subscription was forgotten. */
  private void findAll(Watcher watcher, Queue<String> ids, List<TalkGroup> found, Consumer<List<TalkGroup>> then) {
    String id = isForgotten(watcher) ? null : ids.poll();
    if (id == null) {
      then.accept(found);
      return;
    }
    groups.find(id, group -> {
      group.pin();
      found.add(group);
      findAll(watcher, ids, found, then);
    });
  }

  private void unpin(List<TalkGroup> pinned) {
    pinned.forEach(group -> {
      group.unpin();
      groups.settle(group);
    });
  }

  // ---- Snapshots

  private void sendSnapshot(Watcher watcher) {
    watcher.awaitSnapshot();
    presence.snapshot().whenCompleteAsync((snapshot, failure) -> {
      if (watcher.client().isGone()) {
        return;
      }
      if (failure == null) {
        encode(watcher, snapshot);
      } else {
        loop.after(RETRY, () -> retry(watcher));
      }
    }, loop);
  }

  private void retry(Watcher watcher) {
    if (watcher.hasWish()) {
      serveNext(watcher);
    } else if (!watcher.client().isGone()) {
      sendSnapshot(watcher);
    }
  }

  /** What takes long where there are many users is done beside the loop, and once for all who want the same. */
  private void encode(Watcher watcher, Snapshot all) {
    boolean isEverybody = watcher.subscription().isEverybody();
    Set<String> wanted = isEverybody ? Set.of() : watcher.wanted();
    beside.execute(() -> {
      Snapshot snapshot = isEverybody ? all : all.only(wanted);
      Frame frame = encoder.apply(new PresenceSnapshot(watcher.client().userId(), snapshot));
      Map<String, Status> online = snapshot.byUser();
      Set<String> shown = isEverybody ? Set.of() : new HashSet<>(online.keySet());
      loop.execute(() -> deliver(watcher, frame, online, shown));
    });
  }

  private void deliver(Watcher watcher, Frame frame, Map<String, Status> online, Set<String> shown) {
    if (watcher.client().isGone()) {
      return;
    }
    watcher.client().send(frame);
    watcher.live(shown);
    List<Notice> news = new ArrayList<>();
    for (Notice notice : watcher.takeAll()) {
      if (isNews(notice.update(), online.get(notice.update().userId())) && watcher.wants(notice.update())) {
        news.add(notice);
      } else {
        notice.done(latencies);
      }
    }
    send(watcher, news);
    serveNext(watcher);
  }

  /** Whether a snapshot does not say the same. */
  private static boolean isNews(Update update, Status inSnapshot) {
    return update.isOnline() ? inSnapshot == null || !inSnapshot.deviceId().equals(update.deviceId()) : inSnapshot != null;
  }

  // ---- Changes

  void changed(Update update) {
    joining.remove(update.userId());
    Notice notice = new Notice(update);
    notice.opened();
    for (Watcher watcher : watchers.values()) {
      if (watcher.wants(update)) {
        notice.opened();
        tell(watcher, notice);
      }
    }
    notice.done(latencies);
  }

  /** Somebody is a member of a group since now: who watches the group, and did not hear of that user, needs to know. */
  void joined(Groups.Change change) {
    List<Watcher> concerned = watchers.values().stream().filter(watcher -> watcher.groups().contains(change.group())).toList();
    if (!change.isMember() || concerned.isEmpty()) {
      return;
    }
    joining.computeIfAbsent(change.userId(), userId -> new HashSet<>()).add(change);
    presence.statuses(List.of(change.userId())).whenCompleteAsync((statuses, failure) -> {
      if (isCurrent(change) && failure == null && statuses.getFirst().isOnline()) {
        Status status = statuses.getFirst();
        Notice notice = new Notice(new Update(status.userId(), true, loop.now().toEpochMilli(), status.lastSeen(), status.deviceId(), Optional.of("mobile"), loop.nanos()));
        notice.opened();
        concerned.stream().filter(watcher -> watchers.containsKey(watcher.client())).forEach(watcher -> {
          notice.opened();
          tell(watcher, notice);
        });
        notice.done(latencies);
      }
    }, loop);
  }

  /** Whether nothing was heard of a new member since its status was asked for. */
  private boolean isCurrent(Groups.Change change) {
    Set<Groups.Change> open = joining.get(change.userId());
    boolean isOpen = open != null && open.remove(change);
    if (isOpen && open.isEmpty()) {
      joining.remove(change.userId());
    }
    return isOpen;
  }

  private void tell(Watcher watcher, Notice notice) {
    long wait = watcher.untilQuiet(loop.nanos(), settings.batchWindow().toNanos());
    if (watcher.isLive() && !watcher.isWindowOpen() && wait <= 0) {
      send(watcher, List.of(notice));
      return;
    }
    Notice old = watcher.collect(notice);
    if (old != null) {
      old.done(latencies);
    }
    if (watcher.isLive() && !watcher.isWindowOpen()) {
      watcher.openWindow(loop.after(Duration.ofNanos(wait), () -> windowOver(watcher)));
    }
  }

  private void windowOver(Watcher watcher) {
    watcher.closeWindow();
    send(watcher, watcher.takeAll());
  }

  private void send(Watcher watcher, Collection<Notice> notices) {
    if (notices.isEmpty()) {
      return;
    }
    watcher.sent(loop.nanos());
    notices.forEach(notice -> watcher.shown(notice.update()));
    if (watcher.subscription().isBatched() && notices.size() > 1) {
      List<Update> updates = notices.stream().map(Notice::update).toList();
      watcher.client().send(encoder.apply(new PresenceBatch(updates, loop.now().toEpochMilli())));
    } else {
      notices.forEach(notice -> watcher.client().send(notice.frame(encoder)));
    }
    notices.forEach(notice -> notice.told(loop.nanos(), latencies));
  }

  private void drop(Collection<Notice> notices) {
    notices.forEach(notice -> notice.done(latencies));
  }
}
