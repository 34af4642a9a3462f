package dev.roost.ptt;

import dev.roost.core.Loop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Who is online (sections 2.2 and 2.7 of the contract). Methods are called on the loop of the switchboard and never block; what they answer and what the listener is told arrives on that loop, perhaps before
 * the method returns.
 *
 * <p>Guarantees: the changes of one user are told in the order in which they happened, each once, with strictly increasing timestamps, however many servers share the state.
 */
interface Presence {

  /** SET-ONLINE: the user is online by this session from now on, which is told though it was online already; nothing, if a session of a later login is known. */
  void online(Session session);

  /** HEARTBEAT: the user stays online for another TTL; told only if it was not. {@code written} hears whether the state could be written. */
  void heartbeat(Session session, Consumer<Boolean> written);

  /** Extends the time of a user who is online, and makes nobody online who is not. */
  void extend(Session session);

  /** SET-OFFLINE: the session is over. Nothing, if the user is online by another session. */
  void offline(Session session);

  /** The status of each of these users, in this order, duplicates repeated. Fails if the state cannot be read at present, within 2 s. */
  CompletionStage<List<Status>> statuses(List<String> userIds);

  /** Everybody who is online; at most as old as {@code PRESENCE_SNAPSHOT_CACHE_MS}, with every change that was told since. Fails if the state cannot be read at present. */
  CompletionStage<Snapshot> snapshot();

  /** How many users are online, as far as is known here. */
  long online();

  /** How many users were found offline here because their time had passed. */
  long expired();

  /** A login of a mobile user; {@code order} grows with every login of the user, on whatever server, and is 0 if it is not known. */
  record Session(String userId, String deviceId, long order, String connection) {

    /** What stands in the metadata as {@code roostConn}. */
    String token() {
      return order + ":" + connection;
    }
  }

  /** Where presence is switched off. */
  static Presence none(Loop loop) {
    return new Presence() {
      @Override
      public void online(Session session) {}

      @Override
      public void heartbeat(Session session, Consumer<Boolean> written) {
        written.accept(false);
      }

      @Override
      public void extend(Session session) {}

      @Override
      public void offline(Session session) {}

      @Override
      public CompletionStage<List<Status>> statuses(List<String> userIds) {
        return CompletableFuture.completedStage(userIds.stream().map(Status::unknown).toList());
      }

      @Override
      public CompletionStage<Snapshot> snapshot() {
        return CompletableFuture.completedStage(new Snapshot(List.of(), loop.now().toEpochMilli()));
      }

      @Override
      public long online() {
        return 0;
      }

      @Override
      public long expired() {
        return 0;
      }
    };
  }

  /** Who hears of changes. */
  interface Listener {

    /** A user came or went, here or on another server. */
    void changed(Update update);

    /** The shared state cannot be reached. */
    void lost();

    /** It can be reached again: what is known of it may be old. */
    void recovered();
  }
}
