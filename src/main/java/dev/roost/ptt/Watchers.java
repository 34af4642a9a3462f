package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.PresenceBatch;
import dev.roost.ptt.PttMessages.PresenceSnapshot;
import dev.roost.ptt.PttMessages.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells dashboards who is online: a snapshot first, then every change, nothing lost in between and nothing out of order (section 2.3 of the contract). On the loop of the switchboard; only the encoding of snapshots, which may be big, is done beside
 * it.
 */
final class Watchers {
  private static final Duration RETRY = Duration.ofSeconds(1);

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
      watcher.closeWindow();
      drop(watcher.takeAll());
      unpin(watcher.groups());
    }
  }

  /** It hears of others from now on, after a snapshot of those. */
  void subscribe(Client client, Subscription wanted) {
    Watcher watcher = watchers.get(client);
    int round = watcher.awaitSnapshot();
    findAll(List.copyOf(wanted.groups()), new ArrayList<>(), found -> {
      if (watcher.awaits(round)) {
        List<TalkGroup> old = watcher.groups();
        watcher.subscribe(wanted, found);
        unpin(old);
        sendSnapshot(watcher);
      } else {
        unpin(found);
      }
    });
  }

  private void findAll(List<String> ids, List<TalkGroup> found, Consumer<List<TalkGroup>> then) {
    if (ids.isEmpty()) {
      then.accept(found);
      return;
    }
    groups.find(ids.getFirst(), group -> {
      group.pin();
      found.add(group);
      findAll(ids.subList(1, ids.size()), found, then);
    });
  }

  private void unpin(List<TalkGroup> pinned) {
    pinned.forEach(group -> {
      group.unpin();
      groups.settle(group);
    });
  }

  /** All of them begin anew: changes may have been missed. */
  void recovered() {
    watchers.values().forEach(this::sendSnapshot);
  }

  // ---- Snapshots

  private void sendSnapshot(Watcher watcher) {
    int round = watcher.awaitSnapshot();
    presence.snapshot().whenCompleteAsync((snapshot, failure) -> {
      if (!watcher.awaits(round)) {
        return;
      }
      if (failure == null) {
        encode(watcher, round, wanted(watcher, snapshot));
      } else {
        loop.after(RETRY, () -> retry(watcher, round));
      }
    }, loop);
  }

  private void retry(Watcher watcher, int round) {
    if (watcher.awaits(round)) {
      sendSnapshot(watcher);
    }
  }

  private static Snapshot wanted(Watcher watcher, Snapshot all) {
    return watcher.subscription().isEverybody() ? all : new Snapshot(all.users().stream().filter(status -> watcher.wants(status.userId())).toList(), all.timestamp());
  }

  private void encode(Watcher watcher, int round, Snapshot snapshot) {
    beside.execute(() -> {
      Frame frame = encoder.apply(new PresenceSnapshot(watcher.client().userId(), snapshot));
      Map<String, Status> online = byUser(snapshot);
      loop.execute(() -> deliver(watcher, round, frame, online));
    });
  }

  private static Map<String, Status> byUser(Snapshot snapshot) {
    Map<String, Status> online = HashMap.newHashMap(snapshot.users().size());
    snapshot.users().forEach(status -> online.put(status.userId(), status));
    return online;
  }

  private void deliver(Watcher watcher, int round, Frame frame, Map<String, Status> online) {
    if (!watcher.awaits(round)) {
      return;
    }
    watcher.client().send(frame);
    watcher.live();
    watcher.shownAll(online.keySet());
    List<Notice> news = new ArrayList<>();
    for (Notice notice : watcher.takeAll()) {
      if (isNews(notice.update(), online.get(notice.update().userId())) && watcher.wants(notice.update())) {
        news.add(notice);
      } else {
        notice.done(loop, latencies);
      }
    }
    send(watcher, news);
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
    notice.done(loop, latencies);
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
        notice.done(loop, latencies);
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
      old.done(loop, latencies);
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
    drop(notices);
  }

  private void drop(Collection<Notice> notices) {
    notices.forEach(notice -> notice.done(loop, latencies));
  }
}
