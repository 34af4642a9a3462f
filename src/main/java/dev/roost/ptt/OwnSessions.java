package dev.roost.ptt;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;

/** The mobile sessions of this server that were heard of within the time to live. Of one loop. */
final class OwnSessions {
  private final long ttlNanos;
  /** By user; who was heard of the longest time ago stands first. */
  private final LinkedHashMap<String, Own> sessions = new LinkedHashMap<>();

  /** What was done about somebody else's word that the user is offline: nothing yet; it was answered; it came again behind the answer. */
  private enum Word { NONE, ANSWERED, REPEATED }

  private record Own(Presence.Session session, long dueNanos, Word word) {}

  OwnSessions(Duration ttl) {
    ttlNanos = ttl.toNanos();
  }

  /** The session is registered, or has sent a heartbeat. */
  void alive(Presence.Session session, long nanos) {
    forgetOld(nanos);
    sessions.putLast(session.userId(), new Own(session, nanos + ttlNanos, Word.NONE));
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
    if (own == null) {
      return Optional.empty();
    }
    sessions.replace(userId, new Own(own.session, own.dueNanos, own.word == Word.NONE ? Word.ANSWERED : Word.REPEATED));
    return own.word == Word.NONE ? Optional.of(own.session) : Optional.empty();
  }

  /** Whether the user was called offline again after that was answered: then the next heartbeat has to be told, though it finds the user online. */
  boolean isCalledOffline(String userId) {
    Own own = sessions.get(userId);
    return own != null && own.word == Word.REPEATED;
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
