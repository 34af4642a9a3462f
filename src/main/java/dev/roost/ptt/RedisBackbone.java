package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.ptt.PeerEnvelope.Content;
import dev.roost.ptt.PeerEnvelope.Goodbye;
import dev.roost.ptt.PeerEnvelope.Hello;
import dev.roost.ptt.PeerEnvelope.LoginWanted;
import dev.roost.ptt.PeerEnvelope.Said;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.LoggedIn;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The way to other servers by channels of Redis: {@code roost:ptt:u:<userId>} and {@code roost:ptt:g:<groupId>}, which a server hears while it has connections of the user or connected members of the group, {@code roost:ptt:groups} for
 * memberships and {@code roost:ptt:nodes}, where every server says each few seconds that it is there.
 *
 * <p>A login that was published before a server heard the user's channel would be missed by it. So who begins to hear a user asks for the last login, and says its own again: whoever of two servers hears later, the older login gets to know
 * of the newer one. The same is done after a lost connection.
 */
final class RedisBackbone implements Backbone {
  private static final String USER = "roost:ptt:u:";
  private static final String GROUP = "roost:ptt:g:";
  private static final String NODES = "roost:ptt:nodes";
  private static final String GROUPS = "roost:ptt:groups";
  private static final Duration HELLO_INTERVAL = Duration.ofSeconds(5);
  /** How long others may take at most to answer who begins to listen. */
  private static final Duration DOUBT = Duration.ofSeconds(1);
  private static final Duration FIND_TIME = Duration.ofSeconds(1);
  private static final int QUESTIONS_AT_ONCE = 200;
  private static final Duration QUESTION_PAUSE = Duration.ofMillis(20);

  private final Loop loop;
  private final Redis redis;
  private final Backbone.Listener listener;
  private final String nodeId = new RandomIds(new SecureRandom()).next(16);
  private final byte[] ownBeginning = PeerCodec.beginning(nodeId);
  private final Peers peers;
  private final RedisInterests interests;
  private final RedisOutgoing outgoing;
  private final InFlight incoming = new InFlight();
  private final AtomicLong ignored = new AtomicLong();
  /** The last login of users with connections here, where it is known. */
  private final Map<String, LoggedIn> logins = new HashMap<>();
  /** Users whose logins are to be compared with other servers. */
  private final SequencedSet<String> questions = new LinkedHashSet<>();
  private final Loop.Cancellable hello;
  private boolean isAsking;
  private boolean isClosed;

  /** Begins to listen. On the loop, and so is everything that the listener hears. */
  RedisBackbone(Loop loop, Redis redis, Backbone.Listener listener) {
    this(loop, redis, listener, HELLO_INTERVAL);
  }

  /** @param helloInterval after three of which without a word a server is gone */
  RedisBackbone(Loop loop, Redis redis, Backbone.Listener listener, Duration helloInterval) {
    this.loop = loop;
    this.redis = redis;
    this.listener = listener;
    peers = new Peers(helloInterval.multipliedBy(3), helloInterval.compareTo(DOUBT) < 0 ? helloInterval : DOUBT);
    outgoing = new RedisOutgoing(loop, redis);
    interests = new RedisInterests(loop, redis, this::heard, this::listening);
    interests.add(NODES);
    interests.add(GROUPS);
    hello = loop.every(helloInterval, this::tick);
    redis.addListener(new Redis.Listener() {
      @Override
      public void lost() {
        // Who is there is forgotten by and by; until then what is sent fails at once.
      }

      @Override
      public void recovered() {
        loop.execute(RedisBackbone.this::resume);
      }
    });
  }

  @Override
  public boolean hasPeers() {
    return peers.any(loop.nanos());
  }

  @Override
  public void arrived(String userId) {
    interests.add(USER + userId);
  }

  @Override
  public void departed(String userId) {
    interests.remove(USER + userId);
    logins.remove(userId);
  }

  @Override
  public void joined(String groupId) {
    interests.add(GROUP + groupId);
  }

  @Override
  public void left(String groupId) {
    interests.remove(GROUP + groupId);
  }

  @Override
  public void find(String userId, Consumer<Boolean> found) {
    if (!hasPeers()) {
      found.accept(false);
      return;
    }
    Answer answer = new Answer(found);
    String channel = USER + userId;
    // While Redis is being told that this server hears the channel, or no more, nobody could say whether it is among those that are counted.
    interests.whenSettled(channel, () -> {
      int own = interests.has(channel) ? 1 : 0;
      redis.subscribers(channel).whenComplete((count, failure) -> loop.execute(() -> answer.give(failure == null && count > own)));
    });
  }

  @Override
  public void send(PeerMessage message) {
    if (message instanceof LoggedIn login && interests.has(USER + login.userId())) {
      logins.put(login.userId(), login);
    }
    if (hasPeers()) {
      publish(new Said(message), message instanceof ToUser user && user.isAudio() || message instanceof ToGroup group && isAudio(group.kind()));
    }
  }

  private static boolean isAudio(Kind kind) {
    return kind == Kind.SPOKEN || kind == Kind.AUDIO;
  }

  private void publish(Content content, boolean isAudio) {
    if (isClosed) {
      return;
    }
    PeerCodec.encode(new PeerEnvelope(nodeId, content)).ifPresentOrElse(bytes -> outgoing.publish(channel(content), bytes, isAudio), () -> outgoing.lost("it is too long"));
  }

  private static String channel(Content content) {
    return switch (content) {
      case Hello _, Goodbye _ -> NODES;
      case LoginWanted(String userId) -> USER + userId;
      case Said(ToUser message) -> USER + message.userId();
      case Said(LoggedIn message) -> USER + message.userId();
      case Said(ToGroup message) -> GROUP + message.groupId();
      case Said(MembershipChanged _) -> GROUPS;
    };
  }

  /** On a thread of the library: what is not for us never gets to the loop. */
  private void heard(String channel, byte[] bytes) {
    if (PeerCodec.begins(bytes, ownBeginning)) {
      return;
    }
    Optional<PeerEnvelope> envelope = PeerCodec.decode(bytes).filter(read -> channel(read.content()).equals(channel));
    if (envelope.isEmpty() || !incoming.admit(bytes.length)) {
      ignored.incrementAndGet();
      return;
    }
    loop.execute(() -> {
      incoming.done(bytes.length);
      if (!isClosed) {
        received(envelope.get());
      }
    });
  }

  private void received(PeerEnvelope envelope) {
    switch (envelope.content()) {
      case Hello(boolean isQuestion) -> {
        peers.hello(envelope.nodeId(), loop.nanos());
        if (isQuestion) {
          publish(new Hello(false), false);
        }
      }
      case Goodbye() -> peers.goodbye(envelope.nodeId());
      case LoginWanted(String userId) -> repeatLogin(userId);
      case Said(PeerMessage message) -> listener.received(message);
    }
  }

  private void tick() {
    peers.forget(loop.nanos());
    if (redis.isUp()) {
      publish(new Hello(false), false);
    }
  }

  private void resume() {
    if (isClosed) {
      return;
    }
    listening(interests.all());
    listener.resumed();
  }

  private void listening(Collection<String> channels) {
    if (isClosed) {
      return;
    }
    if (channels.contains(NODES)) {
      peers.listening(loop.nanos());
      publish(new Hello(true), false);
    }
    if (hasPeers()) {
      channels.stream().filter(channel -> channel.startsWith(USER)).map(channel -> channel.substring(USER.length())).forEach(questions::add);
      if (!isAsking) {
        ask();
      }
    }
  }

  /** A few at a time: after a lost connection they are as many as there are users. */
  private void ask() {
    for (int i = 0; i < QUESTIONS_AT_ONCE && !questions.isEmpty(); i++) {
      String userId = questions.removeFirst();
      if (interests.has(USER + userId)) {
        repeatLogin(userId);
        publish(new LoginWanted(userId), false);
      }
    }
    isAsking = !questions.isEmpty();
    if (isAsking) {
      loop.after(QUESTION_PAUSE, this::ask);
    }
  }

  private void repeatLogin(String userId) {
    LoggedIn login = logins.get(userId);
    if (login != null) {
      publish(new Said(login), false);
    }
  }

  /** Says goodbye, and hears nothing any more. On the loop, before Redis is closed. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    publish(new Goodbye(), false);
    isClosed = true;
    hello.cancel();
    interests.all().forEach(interests::remove);
  }

  @Override
  public Map<String, Number> figures() {
    return Map.of("peers", peers.count(), "peerMessagesLost", lost() + ignored());
  }

  /** Messages that were sent to other servers. Any thread. */
  long sent() {
    return outgoing.sent();
  }

  /** Messages that could not be sent. Any thread. */
  long lost() {
    return outgoing.lost();
  }

  /** Messages that were not understood, or came faster than the loop could take them. Any thread. */
  long ignored() {
    return ignored.get();
  }

  /** Runs a task when Redis knows of every channel that this server hears. */
  void whenSettled(Runnable task) {
    interests.whenSettled(task);
  }

  int peers() {
    return peers.count();
  }

  /** The first answer counts; no answer in time is no. */
  private final class Answer {
    private final Consumer<Boolean> found;
    private final Loop.Cancellable patience = loop.after(FIND_TIME, () -> give(false));
    private boolean isGiven;

    Answer(Consumer<Boolean> found) {
      this.found = found;
    }

    void give(boolean isFound) {
      if (!isGiven) {
        isGiven = true;
        patience.cancel();
        found.accept(isFound);
      }
    }
  }
}
