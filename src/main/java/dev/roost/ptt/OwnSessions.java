package dev.roost.ptt;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;

/** The mobile sessions of this server that were heard of within the time to live. Of one loop. */
final class OwnSessions {
  private final long ttlNanos;
  /** By user; who was heard of the longest time ago stands first. */
  private final LinkedHashMap<String, Own> sessions = new LinkedHashMap<>();

  private record Own(Presence.Session session, long dueNanos, boolean isDefended) {}

  OwnSessions(Duration ttl) {
    ttlNanos = ttl.toNanos();
  }

  /** The session is registered, or has sent a heartbeat. */
  void alive(Presence.Session session, long nanos) {
    forgetOld(nanos);
    sessions.putLast(session.userId(), new Own(session, nanos + ttlNanos, false));
  }

  /** The session is over, or another one counts. */
  void ended(Presence.Session session) {
    Own own = sessions.get(session.userId());
    if (own != null && own.session.token().equals(session.token())) {
      sessions.remove(session.userId());
    }
  }

  /**
   * The session of a user whom somebody else calls offline; empty if there is none, or if that was answered already since it was last heard of, so that two who disagree do not go on forever.
   */
  Optional<Presence.Session> toDefend(String userId, long nanos) {
    forgetOld(nanos);
    Own own = sessions.get(userId);
    if (own == null || own.isDefended) {
      return Optional.empty();
    }
    sessions.replace(userId, new Own(own.session, own.dueNanos, true));
    return Optional.of(own.session);
  }

  int size() {
    return sessions.size();
  }

  private void forgetOld(long nanos) {
    while (!sessions.isEmpty() && sessions.firstEntry().getValue().dueNanos - nanos <= 0) {
      sessions.pollFirstEntry();
    }
  }
}
