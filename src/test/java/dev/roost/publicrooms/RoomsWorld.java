package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.core.Settings;
import dev.roost.publicrooms.PublicRoomsMessages.Announcement;
import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.ParticipantToggle;
import dev.roost.publicrooms.PublicRoomsMessages.Ping;
import dev.roost.publicrooms.PublicRoomsMessages.RateLimitExceeded;
import dev.roost.publicrooms.PublicRoomsMessages.RelayedSignal;
import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;
import dev.roost.publicrooms.PublicRoomsMessages.SystemCapacityQueue;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import dev.roost.publicrooms.PublicRoomsMessages.UserLeft;
import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Public rooms in virtual time, with the settings of the contract unless a test says otherwise, and the addresses around them, called {@code A}, {@code B} and so on. Nothing happens but
 * what the test does. Ids are readable here: room {@code R1}, the user {@code user-A-1} of the address {@code A}.
 */
final class RoomsWorld {
  static final String R = "R1";
  static final String S = "R2";

  /** Settings under which nobody is asked whether they are there: tests may let hours pass without answering. */
  static final String[] QUIET = {"PUBLIC_ROOMS_PING_INTERVAL_MS", "86400000"};

  final SimLoop loop = new SimLoop();
  final PublicRoomsSettings settings;
  final StudyRooms rooms;
  final Kept kept;
  final Map<String, Desk> halls = new HashMap<>();
  final List<StudyRoom> all;
  /** Who got what, in order: {@code "A1 user-joined A 2"}, and {@code "/ R1 2"} in the list of rooms. */
  private final List<String> log = new ArrayList<>();
  private final Map<String, Integer> tabs = new HashMap<>();
  private final String[] given;
  private String entering = "";
  private int ids;

  RoomsWorld(String... settings) {
    this(new Kept(), settings);
  }

  private RoomsWorld(Kept kept, String... given) {
    this.kept = kept;
    this.given = given;
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < given.length; i += 2) {
      values.put(given[i], given[i + 1]);
    }
    settings = PublicRoomsSettings.from(Settings.of(values));
    rooms = new StudyRooms(loop, settings, kept, update -> log.add("/ " + summary(update)), this::hall, this::id);
    all = IntStream.rangeClosed(1, settings.count()).mapToObj(n -> new StudyRoom("R" + n, "Study Room " + n)).toList();
    rooms.restore(all, kept.visitors.values().stream().map(Kept::copy).toList(), kept.chat());
  }

  /** The server after a restart, so much later: everybody is gone, what was kept is there. */
  RoomsWorld restarted(long afterMillis) {
    Kept stored = kept;
    RoomsWorld next = new RoomsWorld(stored.agedBy(Duration.between(new SimLoop().now(), loop.now()).toMillis() + afterMillis), given);
    next.ids = ids;
    return next;
  }

  private Hall hall(StudyRoom room) {
    Desk desk = new Desk();
    assertThat(halls.put(room.id(), desk)).isNull();
    return desk;
  }

  private String id() {
    ids++;
    return "user-" + entering + "-" + ids;
  }

  // ---- What clients do

  /** A new socket of an address in the namespace of a room, that has got its CONNECT. */
  Tab connect(String address, String room) {
    Tab tab = new Tab(this, address, room, address + tabs.merge(address, 1, Integer::sum));
    loop.run(() -> rooms.connected(tab, address, room));
    return tab;
  }

  /** The same of one that has joined; what came of it is forgotten. */
  Tab joined(String address, String room) {
    Tab tab = connect(address, room);
    tab.join();
    assertThat(tab.takeAll()).hasSize(2).last().isInstanceOf(UserJoined.class);
    takeLog();
    return tab;
  }

  /** The user id of an address, made by REST if there is none yet. */
  String user(String address) {
    return kept.visitors.containsKey(address) ? kept.visitors.get(address).id() : enter(address, address);
  }

  /** {@code POST /api/public/users} */
  String enter(String address, String name) {
    entering = address;
    return ask(() -> rooms.enter(address, name)).id();
  }

  /** {@code POST /api/public/rooms/:roomId/join}: the fault, or OK. */
  String restJoin(String address, String room) {
    return restJoin(address, room, user(address));
  }

  String restJoin(String address, String room, String userId) {
    return ask(() -> rooms.join(address, room, userId)) instanceof JoinOutcome.Refused refused ? refused.fault().name() : "OK";
  }

  String restLeave(String address, String room, String userId) {
    return ask(() -> rooms.leave(address, room, userId)).map(Enum::name).orElse("OK");
  }

  String restLeave(String address, String room) {
    return restLeave(address, room, user(address));
  }

  <T> T ask(Supplier<T> question) {
    List<T> answer = new ArrayList<>();
    loop.run(() -> answer.add(question.get()));
    return answer.getFirst();
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  // ---- What there is

  int occupancy(String room) {
    return ask(rooms::rooms).stream().filter(view -> view.id().equals(room)).findFirst().orElseThrow().currentOccupancy();
  }

  List<ParticipantView> participants(String room) {
    return all.stream().filter(candidate -> candidate.id().equals(room)).findFirst().orElseThrow().participants();
  }

  long figure(String name) {
    Number value = ask(rooms::figures).get(name);
    assertThat(value).as(name).isNotNull();
    return value.longValue();
  }

  /** Sockets in a state, such as {@code joined}. */
  long sockets(String state) {
    return ask(rooms::sockets).get(state).longValue();
  }

  /** Everything that was sent since the last look, in order. */
  List<String> takeLog() {
    List<String> taken = List.copyOf(log);
    log.clear();
    return taken;
  }

  void note(String who, Outbound message) {
    log.add(who + " " + summary(message));
  }

  void noteEnd(String who) {
    log.add(who + " is disconnected");
  }

  static String summary(Outbound message) {
    return switch (message) {
      case UserJoined joined -> "user-joined " + who(joined.userId()) + " " + joined.currentOccupancy();
      case UserLeft left -> "user-left " + who(left.userId()) + " " + left.currentOccupancy();
      case Ping ping -> "ping";
      case ErrorEvent error -> "error " + error.code() + error.retryAfter().map(s -> " " + s).orElse("");
      case ChatHistoryEvent history -> "chat-history " + history.messages().stream().map(ChatMessage::content).toList();
      case ChatMessage chat -> "new-message " + chat.content();
      case RateLimitExceeded exceeded -> "rate-limit-exceeded " + exceeded.action();
      case ParticipantToggle toggle -> (toggle.medium() == Medium.VIDEO ? "video " : "audio ") + who(toggle.userId()) + " " + toggle.enabled();
      case SystemCapacityQueue queue -> "queue " + queue.queuePosition();
      case RelayedSignal signal -> "signal from " + who(signal.fromUserId());
      case Announcement announcement -> announcement.event() + " " + announcement.data();
      case RoomOccupancyUpdate update -> update.roomId() + " " + update.currentOccupancy();
    };
  }

  /** The address of a user. */
  static String who(String userId) {
    return userId.split("-")[1];
  }

  static RawJson json(String text) {
    return RawJson.of(text.replace('\'', '"'));
  }

  /** The joined sockets of a room. */
  static final class Desk implements Hall {
    final Set<GuestSocket> sockets = new LinkedHashSet<>();

    @Override
    public void add(GuestSocket socket) {
      assertThat(sockets.add(socket)).as("added once").isTrue();
    }

    @Override
    public void remove(GuestSocket socket) {
      assertThat(sockets.remove(socket)).as("was there").isTrue();
    }

    @Override
    public void send(Outbound message) {
      sockets.forEach(socket -> socket.send(message));
    }
  }

  /** What would outlive a restart; can be made to fail. */
  static final class Kept implements RoomsJournal {
    final Map<String, Visitor> visitors = new LinkedHashMap<>();
    final Map<String, TreeMap<Long, ChatMessage>> messages = new HashMap<>();
    Optional<RuntimeException> failure = Optional.empty();
    /** How often something was written. */
    long writes;

    @Override
    public void visitor(Visitor visitor) {
      write();
      visitors.put(visitor.ipHash(), visitor);
    }

    @Override
    public void visitorGone(Visitor visitor) {
      assertThat(visitors.remove(visitor.ipHash()).id()).isEqualTo(visitor.id());
    }

    @Override
    public void message(StudyRoom room, long number, ChatMessage message) {
      write();
      assertThat(messages.computeIfAbsent(room.id(), id -> new TreeMap<>()).put(number, message)).isNull();
    }

    @Override
    public void messageGone(StudyRoom room, long number) {
      assertThat(messages.get(room.id()).remove(number)).isNotNull();
    }

    private void write() {
      writes++;
      failure.ifPresent(e -> {
        throw e;
      });
    }

    private Map<String, List<NumberedMessage>> chat() {
      Map<String, List<NumberedMessage>> chat = new HashMap<>();
      messages.forEach((room, numbered) -> chat.put(room, numbered.entrySet().stream().map(entry -> new NumberedMessage(entry.getKey(), entry.getValue())).toList()));
      return chat;
    }

    private static Visitor copy(Visitor visitor) {
      return new Visitor(visitor.id(), visitor.ipHash(), visitor.displayName(), visitor.createdAt(), visitor.lastActiveAt());
    }

    /** The clock of the next world begins where that of each world does, so the past moves instead. */
    private Kept agedBy(long millis) {
      Kept aged = new Kept();
      visitors.forEach((address, visitor) -> aged.visitors.put(address,
          new Visitor(visitor.id(), address, visitor.displayName(), visitor.createdAt().minusMillis(millis), visitor.lastActiveAt().minusMillis(millis))));
      messages.forEach((room, numbered) -> aged.messages.put(room, new TreeMap<>(numbered)));
      return aged;
    }
  }
}
