package dev.roost.ptt;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.roost.core.Settings;
import dev.roost.sim.SimLoop;
import dev.roost.transport.LimitedReceiver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.LoggerFactory;

/**
 * A switchboard in virtual time with its users, on the engines in memory, and with the times of section 5 unless a test says otherwise: TTL 2 s, 800 ms between heartbeats, windows of 200 ms.
 */
final class PttWorld {
  /** Defaults of section 5, in milliseconds. */
  static final long TTL = 2_000;
  static final long SPACING = 800;
  static final long WINDOW = 200;
  /** A STOP is answered after this. */
  static final long STOP_DELAY = 50;

  final SimLoop loop;
  final PttSettings settings;
  final PttFigures figures = new PttFigures();
  /** Null where the test has brought another one. */
  final ScriptedRegistry registry;
  final Switchboard board;
  ScriptedPresence presence;
  /** What is done beside the loop waits for the test. */
  boolean isBesideHeld;
  private final ArrayDeque<Runnable> beside = new ArrayDeque<>();
  private final LimitedReceiver.Rate rate;
  /** What the names of connections begin with. */
  private String name = "c";
  private int connections;

  /** @param settings environment names and values, one after the other */
  PttWorld(String... settings) {
    this(FloorArbiter.LOCAL, Backbone.NONE, settings);
  }

  PttWorld(FloorArbiter arbiter, Backbone backbone, String... settings) {
    this(new SimLoop(), new ScriptedRegistry(), arbiter, backbone, settings);
  }

  PttWorld(SimLoop loop, Registry registry, FloorArbiter arbiter, Backbone backbone, String... settings) {
    this.loop = loop;
    this.settings = settings(settings);
    this.registry = registry instanceof ScriptedRegistry scripted ? scripted : null;
    int perSecond = this.settings.maxMessagesPerSecond();
    rate = new LimitedReceiver.Rate(perSecond, 2 * perSecond, Duration.ofSeconds(10));
    Executor aside = task -> {
      if (isBesideHeld) {
        beside.add(task);
      } else {
        task.run();
      }
    };
    board = new Switchboard(loop, this.settings, listener -> engines(listener, registry, arbiter, backbone), Recorder.NONE, aside, PttCodec::encode, figures);
  }

  private Switchboard.Engines engines(Switchboard listener, Registry shared, FloorArbiter arbiter, Backbone backbone) {
    presence = new ScriptedPresence(new MemoryPresence(loop, settings.presenceTtl(), listener));
    return new Switchboard.Engines(settings.presenceEnabled() ? presence : Presence.none(loop), shared, arbiter, backbone);
  }

  /** Its connections have names that others do not have. */
  PttWorld named(String prefix) {
    name = prefix;
    return this;
  }

  static PttSettings settings(String... settings) {
    Map<String, String> values = new HashMap<>(Map.of("PRESENCE_TTL", "2", "PRESENCE_MIN_HEARTBEAT_MS", "" + SPACING, "PRESENCE_BATCH_WINDOW_MS", "" + WINDOW));
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    return PttSettings.from(Settings.of(values));
  }

  // ---- Who comes

  /** A mobile user who has just connected with a device named after it. */
  PttUser mobile(String userId, String... channelIds) {
    return mobileOn(userId + "'s phone", userId, channelIds);
  }

  PttUser mobileOn(String deviceId, String userId, String... channelIds) {
    return connect(new Introduction(userId, false, Set.of(channelIds), deviceId));
  }

  /** A mobile user who has joined these groups by USER_ADD. */
  PttUser member(String userId, String... groups) {
    PttUser user = mobile(userId);
    for (String group : groups) {
      user.join(group);
    }
    return user;
  }

  /** A watcher; it has not read its snapshot. */
  PttUser watcher(String userId) {
    return connect(new Introduction(userId, true, Set.of(), userId + "'s page"));
  }

  PttUser connect(Introduction introduction) {
    return new PttUser(this, introduction, receiver(introduction, name + ++connections), name + connections);
  }

  private PttReceiver receiver(Introduction introduction, String token) {
    return new PttReceiver(board, introduction, token, "192.0.2.1", rate, settings, figures);
  }

  // ---- What happens

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** What was to be done beside the loop is done. */
  void freeBeside() {
    isBesideHeld = false;
    while (!beside.isEmpty()) {
      beside.remove().run();
    }
    loop.run();
  }

  void run(Runnable task) {
    loop.run(task);
  }

  /** What another server says. */
  void received(PeerMessage message) {
    loop.run(() -> board.received(message));
  }

  void fromPeer(String groupId, String senderId, PeerMessage.Kind kind, Object... message) {
    fromPeer(groupId, senderId, kind, Floor.UNORDERED, message);
  }

  void fromPeer(String groupId, String senderId, PeerMessage.Kind kind, long order, Object[] message) {
    received(new PeerMessage.ToGroup(groupId, senderId, kind, order, Packed.bytes(message)));
  }

  // ---- What is

  /** What goes to the log as a fault of the server from now on, in this thread's tests. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
      @Override
      protected void append(ILoggingEvent event) {
        if (event.getLevel() == Level.ERROR) {
          faults.add(event.getThrowableProxy().getClassName() + ": " + event.getThrowableProxy().getMessage());
        }
      }
    };
    appender.start();
    ((Logger) LoggerFactory.getLogger(PttReceiver.class)).addAppender(appender);
    return faults;
  }

  long nowMillis() {
    return loop.now().toEpochMilli();
  }

  Status status(String userId) {
    return statuses(userId).getFirst();
  }

  /** As the bulk API asks. */
  List<Status> statuses(String... userIds) {
    CompletionStage<List<Status>> answer = board.engines().presence().statuses(List.of(userIds));
    return answer.toCompletableFuture().getNow(null);
  }

  long figure(String name) {
    return board.figures().get(name).longValue();
  }

  /** Nothing of anybody is left. */
  boolean isEmpty() {
    return board.figures().values().stream().allMatch(count -> count.longValue() == 0);
  }
}
