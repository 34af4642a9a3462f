package dev.roost.ptt;

import dev.roost.core.Loop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Notices that a user's time is over: at once where Redis tells of it, and by looking again and again for the keys of all who are believed online, because Redis may refuse to tell, or the message be lost. Of one loop.
 */
final class RedisSweep {
  private static final int USERS_A_STEP = 500;

  private final Loop loop;
  private final RedisPresenceReader reader;
  private final RedisPresenceKeys keys;
  private final OnlineView view;
  private final RedisAnswers answers;
  private final Listener listener;
  /** Users without a key whose metadata say that everybody has been told; believed only when the message has had time to come. */
  private final Set<String> doubted = new HashSet<>();
  private Set<String> doubtedBefore = Set.of();
  private boolean isSweeping;

  /** On the loop. */
  interface Listener {

    /** This server was the one that noticed. */
    void expired();

    /** The user is believed online here, and is not; nobody publishes it. */
    void vanished(String userId);
  }

  RedisSweep(Loop loop, RedisPresenceReader reader, RedisPresenceKeys keys, OnlineView view, RedisAnswers answers, Listener listener) {
    this.loop = loop;
    this.reader = reader;
    this.keys = keys;
    this.view = view;
    this.answers = answers;
    this.listener = listener;
  }

  void start(Duration interval) {
    loop.every(interval, this::sweep);
  }

  /** Something was told of the user: there is nothing to doubt any more. */
  void heard(String userId) {
    doubted.remove(userId);
  }

  /** EXPIRED of one user. */
  void check(String userId) {
    answers.take(keys.expired(userId, loop.now().toEpochMilli()), ending -> {
      if (ending == RedisPresenceKeys.Ending.NOTICED) {
        listener.expired();
      } else if (ending == RedisPresenceKeys.Ending.KNOWN && view.isWatched(userId)) {
        doubted.add(userId);
      } else if (ending == RedisPresenceKeys.Ending.NONE) {
        doubted.remove(userId);
      }
    });
  }

  private void sweep() {
    if (isSweeping) {
      // Redis is slow: the last turn is not over.
      return;
    }
    for (String userId : doubtedBefore) {
      if (doubted.remove(userId) && view.isWatched(userId)) {
        listener.vanished(userId);
      }
    }
    doubtedBefore = Set.copyOf(doubted);
    isSweeping = true;
    step(view.toWatch(), 0);
  }

  /** Some users at a time, the next when Redis has answered. */
  private void step(List<String> users, int from) {
    if (from >= users.size()) {
      isSweeping = false;
      return;
    }
    int to = Math.min(users.size(), from + USERS_A_STEP);
    List<String> some = users.subList(from, to);
    answers.take(reader.missing(some), missing -> {
      for (String userId : some) {
        if (missing.contains(userId)) {
          check(userId);
        } else {
          doubted.remove(userId);
        }
      }
      step(users, to);
    }, _ -> isSweeping = false);
  }
}
