package dev.roost.ptt;

import java.util.concurrent.CompletionStage;

/**
 * The steps on the two keys of a user (section 2.7), each with its publications. Any thread; answers on any thread, or fails with a {@code RedisFailure}. Times are ms since 1970.
 */
interface RedisPresenceKeys {
  String CHANNEL_ONLINE = "presence:online";
  String CHANNEL_OFFLINE = "presence:offline";
  String CHANNEL_ALL = "presence:updates";
  String USER = "presence:user:";
  String META = "presence:meta:";

  /** SET-ONLINE; hears whether it counts, which it does not if a session of a later login is known. */
  CompletionStage<Boolean> online(Presence.Session session, long now);

  /** HEARTBEAT. */
  CompletionStage<?> heartbeat(Presence.Session session, long now);

  /** HEARTBEAT of a session that somebody else ended, if no other session has come since. */
  CompletionStage<?> defend(Presence.Session session, long now);

  /** SET-OFFLINE. */
  CompletionStage<?> offline(Presence.Session session, long now);

  /** EXPIRED. */
  CompletionStage<Ending> expired(String userId, long now);

  /** What EXPIRED found: the user is online; has just been called offline by this server; was not online any more, or never. */
  enum Ending { NONE, NOTICED, KNOWN }

  static String user(String userId) {
    return USER + userId;
  }

  static String meta(String userId) {
    return META + userId;
  }
}
