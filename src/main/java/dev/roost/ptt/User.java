package dev.roost.ptt;

import dev.roost.core.ByteBudget;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import java.util.ArrayList;
import java.util.List;

/** A user with the connections that this server has of it, the oldest first, and what is known of its presence. On the loop of the switchboard. */
final class User {
  /** Sessions that the user may be online by; each of them but the last is one that the state did not answer. */
  private static final int MOST_SESSIONS = 4;

  private final String id;
  private final List<Client> clients = new ArrayList<>(1);
  private final List<Presence.Session> online = new ArrayList<>(1);
  /** Made with the first text. */
  private ByteBudget received;
  private boolean hasBeaten;
  private boolean isBeating;
  private long lastHeartbeatNanos;
  /** Of the latest login on another server. */
  private long newestElsewhere;

  User(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  List<Client> clients() {
    return clients;
  }

  /** A copy. */
  List<Client> mobiles() {
    return clients.stream().filter(Client::isMobile).toList();
  }

  /** A copy. */
  List<Client> watchers() {
    return clients.stream().filter(client -> !client.isMobile()).toList();
  }

  /** Whether a text or an image of so many bytes from others is within what one user may get. */
  boolean mayReceive(int length, PttSettings settings, long nanos) {
    if (received == null) {
      received = settings.budget(nanos);
    }
    return received.take(length, nanos);
  }

  void send(Frame frame, Delivery delivery) {
    for (Client client : clients) {
      client.connection().send(frame, delivery);
    }
  }

  // ---- Sessions that the user is online by

  /** Those by which the user may have been set online from here, the latest last: what the state did not answer may have been written all the same, or not. A copy. */
  List<Presence.Session> online() {
    return List.copyOf(online);
  }

  void online(Presence.Session session) {
    online.remove(session);
    online.add(session);
    if (online.size() > MOST_SESSIONS) {
      online.removeFirst();
    }
  }

  /** It was written: none before it counts any more. */
  void written(Presence.Session session) {
    int index = online.indexOf(session);
    if (index > 0) {
      online.subList(0, index).clear();
    }
  }

  // ---- Heartbeats

  /** Whether a heartbeat is not too early after the last one that was accepted, and none is being written; if so, it is being written now. */
  boolean beats(long nanos, long spacingNanos) {
    if (isBeating || hasBeaten && nanos - lastHeartbeatNanos < spacingNanos) {
      return false;
    }
    isBeating = true;
    return true;
  }

  /** The heartbeat of this time was written, or could not be: then it does not count. */
  void beaten(boolean written, long nanos) {
    isBeating = false;
    if (written) {
      hasBeaten = true;
      lastHeartbeatNanos = nanos;
    }
  }

  // ---- Logins on other servers

  void loggedInElsewhere(long order) {
    newestElsewhere = Math.max(newestElsewhere, order);
  }

  /** Whether a login of this number is older than one on another server. */
  boolean isOutdated(long order) {
    return order > 0 && order < newestElsewhere;
  }
}
