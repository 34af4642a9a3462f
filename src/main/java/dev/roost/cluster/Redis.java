package dev.roost.cluster;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Redis: one server, one behind sentinels, or a cluster. Any thread may call; nothing blocks, nothing but {@link #close} waits.
 *
 * <p>Guarantees: a command answers or fails with a {@link RedisFailure} within a second, on a thread of the library that must not be kept; it is carried out at most once. Commands of one caller are carried out in the order
 * of the calls, if they go to the same server. While there is no connection commands fail at once; beyond {@value #MOST_IN_FLIGHT} without an answer, too. A lost connection is made anew for as long as it takes, subscriptions with it.
 */
public final class Redis implements AutoCloseable {
  private static final int MOST_IN_FLIGHT = 16_000;
  private static final Duration CLOSE_TIME = Duration.ofMillis(1500);
  private static final int KEYS_A_STEP = 1000;

  private final RedisTarget target;
  private final Channels channels = new Channels();
  private final Connector connector;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile KnownScripts known = new KnownScripts(null, Set.of());

  /** Who hears whether Redis is there; called on a thread of its own, that must not be kept. */
  public interface Listener {

    /** The server, or one of the cluster, cannot be reached, or channels are not heard. */
    void lost();

    /** Everything is there, for the first time or again: what was published between was missed. */
    void recovered();
  }

  /** Who hears a channel; called on a thread of the library, that must not be kept. One channel's messages come in their order. */
  @FunctionalInterface
  public interface ChannelListener {
    void heard(String channel, byte[] message);
  }

  private Redis(RedisTarget target) {
    this.target = target;
    connector = new Connector(target, channels);
  }

  /** Begins to connect, and goes on trying for as long as Redis is not there; returns at once. */
  public static Redis open(RedisTarget target) {
    return new Redis(target);
  }

  /** Whether commands can be sent, and channels are heard. */
  public boolean isUp() {
    return connector.isUp();
  }

  /** Commands that wait for their answer, for the operator. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Whether keys are on several servers, so that one step cannot touch any two of them. */
  public boolean isCluster() {
    return target.url().kind() == RedisUrl.Kind.CLUSTER;
  }

  /** The listener hears of every change from now on, and at once of {@link Listener#recovered} if everything is there already. */
  public void addListener(Listener listener) {
    connector.addListener(listener);
  }

  /** Sends a command, or runs a script. */
  public <T> CompletionStage<T> send(RedisCommand<T> command) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Hand hand = connector.hand().orElse(null);
    if (admit(answer, hand, 1)) {
      dispatch(hand, hand.connection(), command, answer);
    }
    return answer;
  }

  /** Sends commands together, one round trip for all that go to one server; fails if one of them fails. */
  public <T> CompletionStage<List<T>> sendAll(List<RedisCommand<T>> commands) {
    CompletableFuture<List<T>> all = new CompletableFuture<>();
    Hand hand = connector.hand().orElse(null);
    if (!admit(all, hand, commands.size())) {
      return all;
    }
    List<AsyncCommand<byte[], byte[], Object>> encoded = new ArrayList<>(commands.size());
    List<CompletableFuture<T>> answers = new ArrayList<>(commands.size());
    for (RedisCommand<T> command : commands) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      answers.add(answer);
      encoded.add(prepared(hand, hand.connection(), command, answer));
    }
    dispatch(hand.connection(), encoded);
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).whenComplete((_, _) -> gather(answers, all));
    return all;
  }

  /**
   * All keys that look like the pattern, on all servers, some at a time and without holding up Redis. A key may come twice; one that comes or goes meanwhile may be missing.
   *
   * @param found gets the next keys, of several servers at a time, and those after them when it is done; called on a thread of the library
   */
  public CompletionStage<Void> scan(String pattern, Function<List<String>, CompletionStage<?>> found) {
    return atMasters(server -> scan(server, "0", pattern, found)).thenApply(_ -> null);
  }

  private CompletionStage<Void> scan(Place server, String cursor, String pattern, Function<List<String>, CompletionStage<?>> found) {
    RedisCommand<List<RedisReply>> step = RedisCommand.ofServer("SCAN", RedisReply::items, cursor, "MATCH", pattern, "COUNT", KEYS_A_STEP);
    return server.send(step).thenCompose(reply -> {
      List<String> keys = reply.get(1).items().stream().map(key -> key.text().orElse("")).toList();
      String next = reply.getFirst().text().orElse("0");
      return found.apply(keys).thenCompose(_ -> next.equals("0") ? CompletableFuture.completedFuture(null) : scan(server, next, pattern, found));
    });
  }

  /** How many connections hear a channel, on all servers together. */
  public CompletionStage<Long> subscribers(String channel) {
    RedisCommand<Long> count = RedisCommand.ofServer("PUBSUB", reply -> reply.items().get(1).number(), "NUMSUB", channel);
    return at(Hand::toAll, server -> server.send(count)).thenApply(counts -> counts.stream().mapToLong(Long::longValue).sum());
  }

  /**
   * Makes all servers tell when a key's time is over: what they tell already stays as it is.
   *
   * @return whether they do; false if a server refuses to be configured, as some providers' do
   */
  public CompletionStage<Boolean> enableExpiryEvents() {
    return atMasters(this::enableExpiryEvents).thenApply(all -> all.stream().allMatch(enabled -> enabled));
  }

  private CompletionStage<Boolean> enableExpiryEvents(Place server) {
    RedisCommand<String> read = RedisCommand.ofServer("CONFIG", reply -> reply.items().get(1).text().orElse(""), "GET", ExpiryEvents.SETTING);
    return server.send(read).thenCompose(events -> {
      String wanted = ExpiryEvents.added(events);
      return wanted.equals(events) ? CompletableFuture.completedFuture(true) : server.send(RedisCommand.ofServer("CONFIG", _ -> true, "SET", ExpiryEvents.SETTING, wanted));
    }).exceptionallyCompose(failure -> Wire.isAnswer(failure) ? CompletableFuture.completedFuture(false) : CompletableFuture.failedFuture(failure));
  }

  /**
   * Hears a channel from now on, also after a lost connection. The stage completes when it is heard; if it fails, the channel is not heard yet, and will be at the next {@link Listener#recovered}.
   */
  public CompletionStage<Void> subscribe(String channel, ChannelListener listener) {
    return subscribe(List.of(channel), listener);
  }

  /** Hears many channels, in one step. */
  public CompletionStage<Void> subscribe(Collection<String> names, ChannelListener listener) {
    names.forEach(channel -> channels.add(channel, listener, false));
    return connector.hear(names);
  }

  /** This listener hears the channel no more. */
  public void unsubscribe(String channel, ChannelListener listener) {
    unsubscribe(List.of(channel), listener);
  }

  /** This listener hears these channels no more. The stage completes when Redis does not count it among their {@link #subscribers} any more. */
  public CompletionStage<Void> unsubscribe(Collection<String> names, ChannelListener listener) {
    return connector.forget(names.stream().filter(channel -> channels.remove(channel, listener)).toList());
  }

  /** Hears the keys of the database whose time is over, on every server, if they tell, see {@link #enableExpiryEvents}. */
  public void subscribeExpired(Consumer<String> expired) {
    String channel = "__keyevent@" + target.url().database().orElse(0) + "__:expired";
    channels.add(channel, (_, key) -> expired.accept(Wire.text(key)), true);
    connector.hear(List.of(channel));
  }

  /** Ends the connections; waits two or three seconds at most. Commands under way may fail. */
  @Override
  public void close() {
    connector.close(CLOSE_TIME);
  }

  private boolean admit(CompletableFuture<?> answer, Hand hand, int commands) {
    if (hand == null) {
      answer.completeExceptionally(RedisFailure.unreachable("Redis is not connected"));
      return false;
    }
    if (inFlight.addAndGet(commands) > MOST_IN_FLIGHT) {
      inFlight.addAndGet(-commands);
      answer.completeExceptionally(RedisFailure.unreachable("Redis is too slow: " + MOST_IN_FLIGHT + " commands wait for it"));
      return false;
    }
    return true;
  }

  private <T> void dispatch(Hand hand, StatefulConnection<byte[], byte[]> connection, RedisCommand<T> command, CompletableFuture<T> answer) {
    dispatch(connection, List.of(prepared(hand, connection, command, answer)));
  }

  /** What the library does not even take fails like the rest. */
  private static void dispatch(StatefulConnection<byte[], byte[]> connection, List<AsyncCommand<byte[], byte[], Object>> commands) {
    try {
      if (commands.size() == 1) {
        connection.dispatch(commands.getFirst());
      } else {
        connection.dispatch(commands);
      }
    } catch (RuntimeException e) {
      commands.forEach(command -> command.completeExceptionally(e));
    }
  }

  /**
   * A script goes out whole until a server has answered it once: a run that only names a script that the server does not have, because the run before it never got there, would come again later, behind commands that were given after it.
   */
  private Set<String> known(Hand hand) {
    KnownScripts all = known;
    if (all.hand != hand) {
      all = new KnownScripts(hand, ConcurrentHashMap.newKeySet());
      known = all;
    }
    return all.names;
  }

  private <T> AsyncCommand<byte[], byte[], Object> prepared(Hand hand, StatefulConnection<byte[], byte[]> connection, RedisCommand<T> command, CompletableFuture<T> answer) {
    Set<String> scripts = known(hand);
    Optional<String> script = command.script().map(used -> used.digest() + hand.serverOf(command.keys().getFirst()));
    boolean byDigest = script.filter(scripts::contains).isPresent();
    AsyncCommand<byte[], byte[], Object> encoded = Wire.encode(command, byDigest);
    encoded.whenComplete((value, failure) -> {
      if (failure == null) {
        script.ifPresent(scripts::add);
      }
      if (byDigest && failure != null && Wire.isUnknownScript(failure)) {
        sendWhole(connection, command, answer);
        return;
      }
      if (failure != null && Wire.isReplica(failure)) {
        connector.suspect(hand);
      }
      finish(command, value, failure, answer);
    });
    return encoded;
  }

  private <T> void sendWhole(StatefulConnection<byte[], byte[]> connection, RedisCommand<T> command, CompletableFuture<T> answer) {
    AsyncCommand<byte[], byte[], Object> whole = Wire.encode(command, false);
    whole.whenComplete((value, failure) -> finish(command, value, failure, answer));
    dispatch(connection, List.of(whole));
  }

  private <T> void finish(RedisCommand<T> command, Object value, Throwable failure, CompletableFuture<T> answer) {
    try {
      if (failure == null) {
        answer.complete(command.answer().apply(new RedisReply(value)));
      } else {
        answer.completeExceptionally(Wire.failure(command, failure));
      }
    } catch (RuntimeException e) {
      answer.completeExceptionally(Wire.failure(command, e));
    } finally {
      // Behind the answer: what follows from it counts before this one does not any more.
      inFlight.decrementAndGet();
    }
  }

  private static <T> void gather(List<CompletableFuture<T>> answers, CompletableFuture<List<T>> all) {
    List<T> values = new ArrayList<>(answers.size());
    for (CompletableFuture<T> answer : answers) {
      if (answer.isCompletedExceptionally()) {
        all.completeExceptionally(answer.exceptionNow());
        return;
      }
      values.add(answer.join());
    }
    all.complete(values);
  }

  private <T> CompletionStage<List<T>> atMasters(Function<Place, CompletionStage<T>> work) {
    return at(Hand::toMasters, work);
  }

  /** Does the same at several servers, at the same time. */
  private <T> CompletionStage<List<T>> at(Function<Hand, CompletableFuture<List<StatefulConnection<byte[], byte[]>>>> servers, Function<Place, CompletionStage<T>> work) {
    Hand hand = connector.hand().orElse(null);
    if (hand == null) {
      return CompletableFuture.failedFuture(RedisFailure.unreachable("Redis is not connected"));
    }
    return servers.apply(hand).thenCompose(connections -> {
      List<CompletableFuture<T>> parts = connections.stream().map(connection -> work.apply(new Place(hand, connection)).toCompletableFuture()).toList();
      CompletableFuture<List<T>> all = new CompletableFuture<>();
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).whenComplete((_, _) -> gather(parts, all));
      return all;
    });
  }

  /** Which scripts were answered, and by which server. */
  private record KnownScripts(Hand hand, Set<String> names) {}

  /** One server. */
  private final class Place {
    private final Hand hand;
    private final StatefulConnection<byte[], byte[]> connection;

    Place(Hand hand, StatefulConnection<byte[], byte[]> connection) {
      this.hand = hand;
      this.connection = connection;
    }

    <T> CompletionStage<T> send(RedisCommand<T> command) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      if (admit(answer, hand, 1)) {
        dispatch(hand, connection, command, answer);
      }
      return answer;
    }
  }
}
