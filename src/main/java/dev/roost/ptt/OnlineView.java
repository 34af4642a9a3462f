package dev.roost.ptt;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who is online, as far as one server knows: what a scan of the shared state found, kept true by every update since. Of one loop.
 *
 * <p>While a scan runs, updates count for more than what it finds: it may have read the user before.
 */
final class OnlineView {
  private Map<String, Status> online = new HashMap<>();
  /** Users that a scan did not find, and of whose end nobody has told. */
  private final Set<String> vanished = new HashSet<>();
  /** What was told while a scan runs; empty for offline. */
  private final Map<String, Optional<Status>> sinceScan = new HashMap<>();
  private boolean isScanning;
  /** What was last given away, as long as nobody has come or gone since. */
  private Optional<Snapshot> snapshot = Optional.empty();

  void apply(Update update) {
    String userId = update.userId();
    vanished.remove(userId);
    if (update.isOnline()) {
      Optional<String> known = Optional.ofNullable(online.get(userId)).flatMap(Status::deviceId);
      put(new Status(userId, true, update.lastSeen(), update.deviceId().or(() -> known)));
    } else {
      gone(userId);
    }
  }

  /** Somebody who is online was heard of; snapshots show it after the next change or scan, because else they would be made anew for every heartbeat. */
  void seen(String userId, long lastSeen) {
    Status known = online.get(userId);
    if (known != null) {
      Status status = new Status(userId, true, lastSeen, known.deviceId());
      online.put(userId, status);
      noteForScan(userId, Optional.of(status));
    }
  }

  private void put(Status status) {
    online.put(status.userId(), status);
    changed(status.userId(), Optional.of(status));
  }

  private void gone(String userId) {
    online.remove(userId);
    changed(userId, Optional.empty());
  }

  private void changed(String userId, Optional<Status> status) {
    snapshot = Optional.empty();
    noteForScan(userId, status);
  }

  private void noteForScan(String userId, Optional<Status> status) {
    if (isScanning) {
      sinceScan.put(userId, status);
    }
  }

  void scanBegins() {
    isScanning = true;
    sinceScan.clear();
  }

  void scanFailed() {
    isScanning = false;
    sinceScan.clear();
  }

  /** @param found by user; belongs to this view from now on */
  void scanEnds(Map<String, Status> found) {
    sinceScan.forEach((userId, status) -> status.ifPresentOrElse(is -> found.put(userId, is), () -> found.remove(userId)));
    scanFailed();
    for (String userId : online.keySet()) {
      if (!found.containsKey(userId)) {
        vanished.add(userId);
      }
    }
    vanished.removeAll(found.keySet());
    online = found;
    snapshot = Optional.empty();
  }

  /** The users of whom the end must be noticed: those who are online, and those of whom nobody knows. */
  List<String> toWatch() {
    Set<String> all = new HashSet<>(online.keySet());
    all.addAll(vanished);
    return List.copyOf(all);
  }

  boolean isWatched(String userId) {
    return online.containsKey(userId) || vanished.contains(userId);
  }

  /** The user is offline, though nobody said so. */
  Status end(String userId) {
    Status known = online.getOrDefault(userId, Status.unknown(userId));
    vanished.remove(userId);
    gone(userId);
    return known;
  }

  /** Everybody; the same again, with its time, until something changes. */
  Snapshot snapshot(long nowMillis) {
    if (snapshot.isEmpty()) {
      snapshot = Optional.of(new Snapshot(List.copyOf(online.values()), nowMillis));
    }
    return snapshot.get();
  }

  int size() {
    return online.size();
  }
}
