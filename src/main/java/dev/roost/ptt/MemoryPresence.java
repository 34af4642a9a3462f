package dev.roost.ptt;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Presence on one server, without Redis: the same rules in plain memory. Everything is known at once and never lost while the server runs.
 *
 * <p>All times to live are equal, so who was heard of last ends last: the users who are online stand in that order, and one timer watches the first of them. A heartbeat moves a user to the end, which costs no timer.
 */
final class MemoryPresence implements Presence {
  /** Offline users of whom something is known; the longest known is forgotten first. */
  private static final int MOST_REMEMBERED = 100_000;
  /** For so long a snapshot need not know of heartbeats. */
  private static final Duration SNAPSHOT_AGE = Duration.ofSeconds(1);
  private static final Optional<String> ROLE = Optional.of("mobile");

  private final Loop loop;
  private final Duration ttl;
  private final Listener listener;
  private final int mostRemembered;
  /** Who ends first stands first. */
  private final LinkedHashMap<String, Person> online = new LinkedHashMap<>();
  private final LinkedHashMap<String, Person> offline = new LinkedHashMap<>();
  private Loop.Cancellable timer = Loop.Cancellable.NONE;
  private boolean isTimed;
  /** What was last given away, as long as nobody has come or gone since. */
  private Optional<Snapshot> snapshot = Optional.empty();
  private long snapshotNanos;
  private long expired;

  MemoryPresence(Loop loop, Duration ttl, Listener listener) {
    this(loop, ttl, listener, MOST_REMEMBERED);
  }

  MemoryPresence(Loop loop, Duration ttl, Listener listener, int mostRemembered) {
    this.loop = loop;
    this.ttl = ttl;
    this.listener = listener;
    this.mostRemembered = mostRemembered;
  }

  @Override
  public void online(Session session) {
    Person person = person(session.userId());
    boolean isUnknownLogin = session.order() == 0 && online.containsKey(session.userId()) && person.session.order() > 0;
    if (isUnknownLogin || session.order() > 0 && session.order() < person.session.order()) {
      return;
    }
    refresh(person, session);
    tell(person, true);
  }

  @Override
  public void heartbeat(Session session, Consumer<Boolean> written) {
    boolean wasOnline = online.containsKey(session.userId());
    Person person = person(session.userId());
    // Of several devices the one that has logged in last is shown, whichever beats.
    String deviceId = wasOnline ? person.session.deviceId() : session.deviceId();
    refresh(person, new Session(session.userId(), deviceId, session.order(), session.connection()));
    if (!wasOnline) {
      tell(person, true);
    }
    written.accept(true);
  }

  @Override
  public void extend(Session session) {
    Person person = online.get(session.userId());
    if (person != null) {
      prolong(person);
    }
  }

  @Override
  public void offline(Session session) {
    Person person = person(session.userId());
    if (!person.session.token().equals(session.token())) {
      return;
    }
    person.lastSeen = now();
    if (online.containsKey(session.userId())) {
      end(person);
    }
  }

  @Override
  public CompletionStage<List<Status>> statuses(List<String> userIds) {
    List<Status> statuses = new ArrayList<>(userIds.size());
    for (String userId : userIds) {
      Person person = online.getOrDefault(userId, offline.get(userId));
      statuses.add(person == null ? Status.unknown(userId) : person.status(online.containsKey(userId)));
    }
    return CompletableFuture.completedFuture(statuses);
  }

  @Override
  public CompletionStage<Snapshot> snapshot() {
    if (snapshot.isEmpty() || loop.nanos() - snapshotNanos > SNAPSHOT_AGE.toNanos()) {
      List<Status> users = new ArrayList<>(online.size());
      online.values().forEach(person -> users.add(person.status(true)));
      snapshot = Optional.of(new Snapshot(Collections.unmodifiableList(users), now()));
      snapshotNanos = loop.nanos();
    }
    return CompletableFuture.completedFuture(snapshot.get());
  }

  @Override
  public long online() {
    return online.size();
  }

  @Override
  public long expired() {
    return expired;
  }

  private Person person(String userId) {
    Person known = online.getOrDefault(userId, offline.get(userId));
    return known == null ? new Person() : known;
  }

  private void refresh(Person person, Session session) {
    person.session = session;
    person.lastSeen = now();
    offline.remove(session.userId());
    prolong(person);
  }

  private void prolong(Person person) {
    person.dueNanos = loop.nanos() + ttl.toNanos();
    online.putLast(person.session.userId(), person);
    watchFirst();
  }

  private void end(Person person) {
    String userId = person.session.userId();
    online.remove(userId);
    offline.putLast(userId, person);
    if (offline.size() > mostRemembered) {
      offline.pollFirstEntry();
    }
    if (online.isEmpty()) {
      timer.cancel();
      isTimed = false;
    }
    tell(person, false);
  }

  /** Sets the timer for who ends first, if none is set: an earlier one than needed finds nobody and sets itself again. */
  private void watchFirst() {
    if (!isTimed && !online.isEmpty()) {
      isTimed = true;
      timer = loop.after(Duration.ofNanos(online.firstEntry().getValue().dueNanos - loop.nanos()), this::expire);
    }
  }

  private void expire() {
    isTimed = false;
    while (!online.isEmpty() && online.firstEntry().getValue().dueNanos - loop.nanos() <= 0) {
      expired++;
      end(online.firstEntry().getValue());
    }
    watchFirst();
  }

  private void tell(Person person, boolean isOnline) {
    snapshot = Optional.empty();
    person.timestamp = Math.max(now(), person.timestamp + 1);
    listener.changed(new Update(person.session.userId(), isOnline, person.timestamp, person.lastSeen, person.deviceId(), ROLE, loop.nanos()));
  }

  private long now() {
    return loop.now().toEpochMilli();
  }

  /** What is known of a user. */
  private static final class Person {
    private Session session = new Session("", "", 0, "");
    /** Ms since 1970, of the last change. */
    private long timestamp;
    private long lastSeen;
    private long dueNanos;

    Status status(boolean isOnline) {
      return new Status(session.userId(), isOnline, lastSeen, deviceId());
    }

    Optional<String> deviceId() {
      return Optional.of(session.deviceId()).filter(device -> !device.isEmpty());
    }
  }
}
