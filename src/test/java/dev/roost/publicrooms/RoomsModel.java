package dev.roost.publicrooms;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What public rooms should do, in the fewest words and with no regard to cost; for {@link RoomsSimulationTest}. It says for each socket what it hears, in order, and what the list of rooms
 * shows. Times in ms.
 */
final class RoomsModel {
  static final int CAPACITY = 3;
  static final int MAX_PER_ADDRESS = 2;
  static final int HARD_MAX_PER_ADDRESS = 4;
  static final int MAX_CONCURRENT = 6;
  static final int MAX_QUEUE = 3;
  static final int MAX_HELD = 32;
  static final int HISTORY = 2;
  static final long STALE = 3_000;
  static final long QUEUE_TIMEOUT = 2_000;
  static final long USER_TTL = 10_000;
  static final long FIRST_DELAY = 1_000;
  static final long MAX_DELAY = 60_000;

  enum State { WAITING, HERE, INTERRUPTED, GONE }

  static final class ModelTab {
    final Tab tab;
    State state = State.GONE;
    long since;
    int position;
    ModelSeat seat;
    final List<Runnable> held = new ArrayList<>();
    final List<String> hears = new ArrayList<>();

    ModelTab(Tab tab) {
      this.tab = tab;
    }
  }

  static final class ModelUser {
    final String id;
    long lastActive;
    ModelSeat seat;

    ModelUser(String id, long now) {
      this.id = id;
      lastActive = now;
    }
  }

  static final class ModelSeat {
    final String address;
    final String room;
    boolean present;
    final List<ModelTab> tabs = new ArrayList<>();

    ModelSeat(String address, String room) {
      this.address = address;
      this.room = room;
    }
  }

  /** Section 2.7, of one address. */
  private static final class ModelBackoff {
    int count;
    long lastAttempt;
    long until;
    long lastDisconnect = Long.MIN_VALUE / 2;
  }

  long now;
  final Map<String, ModelUser> users = new HashMap<>();
  final Map<String, List<ModelSeat>> rooms = new LinkedHashMap<>();
  /** Those that have not gone, in the order in which they came. */
  final List<ModelTab> tabs = new ArrayList<>();
  final List<ModelTab> queue = new ArrayList<>();
  /** What the list of rooms is told, by room. */
  final Map<String, List<String>> lobby = new HashMap<>();
  private final Map<String, Deque<String>> histories = new HashMap<>();
  private final Map<String, ModelBackoff> backoffs = new HashMap<>();
  private final long backoffWindow;
  int transitions;

  RoomsModel(List<String> rooms, long backoffWindow) {
    rooms.forEach(room -> this.rooms.put(room, new ArrayList<>()));
    this.backoffWindow = backoffWindow;
  }

  int active() {
    return (int) tabs.stream().filter(tab -> tab.state == State.HERE).count();
  }

  long live(String address) {
    return tabs.stream().filter(tab -> tab.tab.address.equals(address) && tab.state != State.INTERRUPTED).count();
  }

  // ---- Admission

  void connect(ModelTab tab) {
    ModelBackoff backoff = backoffs.computeIfAbsent(tab.tab.address, key -> new ModelBackoff());
    boolean serial = now - backoff.lastDisconnect < backoffWindow;
    if (!fits(tab.tab.address)) {
      tab.hears.add("error TOO_MANY_CONNECTIONS");
      return;
    }
    if (serial && now < backoff.until) {
      tab.hears.add("error RECONNECTION_THROTTLED " + Math.ceilDiv(backoff.until - now, 1_000));
      return;
    }
    if (backoff.count == 0 || now - backoff.lastAttempt >= backoffWindow) {
      backoff.count = 1;
    } else if (serial) {
      backoff.count++;
    }
    backoff.lastAttempt = now;
    if (serial && backoff.count >= 3) {
      backoff.until = now + Math.min(FIRST_DELAY << Math.min(backoff.count - 3, 20), MAX_DELAY);
    }
    tab.since = now;
    if (active() < MAX_CONCURRENT && queue.isEmpty()) {
      tab.state = State.HERE;
      tabs.add(tab);
    } else if (queue.size() < MAX_QUEUE) {
      tab.state = State.WAITING;
      queue.add(tab);
      tabs.add(tab);
      tellPositions();
    } else {
      backoff.lastDisconnect = now;
      tab.hears.add("error SYSTEM_AT_CAPACITY");
    }
  }

  private boolean fits(String address) {
    long young = tabs.stream().filter(tab -> tab.tab.address.equals(address) && tab.state != State.INTERRUPTED && now - tab.since <= STALE).count();
    return young < MAX_PER_ADDRESS && live(address) < HARD_MAX_PER_ADDRESS;
  }

  private void tellPositions() {
    for (int i = 0; i < queue.size(); i++) {
      if (queue.get(i).position != i + 1) {
        queue.get(i).position = i + 1;
        queue.get(i).hears.add("queue " + (i + 1));
      }
    }
  }

  void drop(ModelTab tab) {
    end(tab);
    admit();
  }

  void interrupt(ModelTab tab) {
    if (tab.state != State.HERE || tab.seat == null) {
      end(tab);
    } else {
      tab.state = State.INTERRUPTED;
      backoffs.get(tab.tab.address).lastDisconnect = now;
      List<ModelTab> same = tabs.stream().filter(other -> other.tab.address.equals(tab.tab.address) && other.state == State.INTERRUPTED).toList();
      if (same.size() > HARD_MAX_PER_ADDRESS) {
        end(same.getFirst());
      }
    }
    admit();
  }

  boolean resume(ModelTab tab) {
    boolean may = tab.state == State.INTERRUPTED && fits(tab.tab.address) && active() < MAX_CONCURRENT && queue.isEmpty();
    if (may) {
      tab.state = State.HERE;
      tab.since = now;
    }
    return may;
  }

  private void end(ModelTab tab) {
    State was = tab.state;
    tab.state = State.GONE;
    tabs.remove(tab);
    if (tab.seat != null) {
      ModelSeat seat = tab.seat;
      seat.tabs.remove(tab);
      tab.seat = null;
      if (seat.tabs.isEmpty()) {
        vacate(seat);
      }
    }
    if (queue.remove(tab)) {
      tellPositions();
    }
    if (was == State.HERE || was == State.WAITING) {
      backoffs.get(tab.tab.address).lastDisconnect = now;
    }
  }

  private void admit() {
    while (active() < MAX_CONCURRENT && !queue.isEmpty()) {
      ModelTab head = queue.removeFirst();
      head.state = State.HERE;
      tellPositions();
      List<Runnable> held = List.copyOf(head.held);
      head.held.clear();
      held.forEach(Runnable::run);
    }
  }

  // ---- Time

  void pass(long millis) {
    long end = now + millis;
    while (!queue.isEmpty() && queue.getFirst().since + QUEUE_TIMEOUT <= end) {
      ModelTab late = queue.getFirst();
      now = late.since + QUEUE_TIMEOUT;
      late.hears.add("error SYSTEM_AT_CAPACITY");
      drop(late);
    }
    now = end;
  }

  void expire() {
    users.entrySet().stream().filter(entry -> now - entry.getValue().lastActive >= USER_TTL && tabs.stream().noneMatch(tab -> tab.tab.address.equals(entry.getKey())))
        .sorted(Comparator.comparingLong(entry -> entry.getValue().lastActive)).toList().forEach(entry -> {
          users.remove(entry.getKey());
          if (entry.getValue().seat != null) {
            vacate(entry.getValue().seat, entry.getValue());
          }
        });
  }

  void touch(String address) {
    if (users.containsKey(address)) {
      users.get(address).lastActive = now;
    }
  }

  // ---- Seats

  String restJoin(String address, String room, String userId) {
    ModelUser user = users.get(address);
    if (user == null || !user.id.equals(userId)) {
      return "USER_NOT_FOUND";
    } else if (!rooms.containsKey(room)) {
      return "ROOM_NOT_FOUND";
    } else if (user.seat != null) {
      return "ALREADY_IN_ROOM";
    } else if (rooms.get(room).size() >= CAPACITY) {
      return "ROOM_FULL";
    }
    take(address, user, room);
    tellLobby(room);
    return "OK";
  }

  void restLeave(String address, String room, String userId) {
    ModelUser user = users.get(address);
    if (user != null && user.id.equals(userId) && user.seat != null && user.seat.room.equals(room)) {
      leave(user.seat);
    }
    admit();
  }

  /** An event of a socket; what it does happens when the socket is admitted. */
  void receive(ModelTab tab, Runnable effect) {
    if (tab.state == State.HERE || tab.state == State.WAITING) {
      touch(tab.tab.address);
    }
    if (tab.state == State.HERE) {
      effect.run();
    } else if (tab.state == State.WAITING && tab.held.size() < MAX_HELD) {
      tab.held.add(() -> {
        if (tab.state == State.HERE) {
          effect.run();
        }
      });
    }
    admit();
  }

  void join(ModelTab tab, String userId) {
    // Whose last socket went in this very step may hold a seat that is needed.
    expire();
    ModelUser user = users.get(tab.tab.address);
    String room = tab.tab.room;
    if (user == null || !user.id.equals(userId)) {
      tab.hears.add("error INVALID_USER");
    } else if (!rooms.containsKey(room)) {
      tab.hears.add("error ROOM_NOT_FOUND");
    } else if (user.seat == null ? rooms.get(room).size() >= CAPACITY : !user.seat.room.equals(room)) {
      tab.hears.add("error JOIN_ERROR");
    } else {
      enter(tab, user.seat != null ? user.seat : take(tab.tab.address, user, room));
    }
  }

  private void enter(ModelTab tab, ModelSeat seat) {
    if (tab.seat == null) {
      tab.seat = seat;
      seat.tabs.add(tab);
    }
    tab.hears.add("chat-history " + List.copyOf(history(seat.room)));
    String joined = "user-joined " + seat.address + " " + rooms.get(seat.room).size();
    if (seat.present) {
      tab.hears.add(joined);
    } else {
      seat.present = true;
      transitions++;
      broadcast(seat.room, joined);
      tellLobby(seat.room);
    }
  }

  void leave(ModelTab tab, String userId) {
    ModelUser user = users.get(tab.tab.address);
    if (user == null || !user.id.equals(userId)) {
      tab.hears.add("error INVALID_USER");
    } else if (user.seat == null || !user.seat.room.equals(tab.tab.room)) {
      tab.hears.add("error LEAVE_ERROR");
    } else {
      leave(user.seat);
    }
  }

  void say(ModelTab tab, String text) {
    if (tab.seat == null) {
      tab.hears.add("error NOT_PARTICIPANT");
      return;
    }
    history(tab.seat.room).add(text);
    if (history(tab.seat.room).size() > HISTORY) {
      history(tab.seat.room).removeFirst();
    }
    broadcast(tab.seat.room, "new-message " + text);
  }

  private ModelSeat take(String address, ModelUser user, String room) {
    user.seat = new ModelSeat(address, room);
    rooms.get(room).add(user.seat);
    return user.seat;
  }

  private void leave(ModelSeat seat) {
    vacate(seat);
    tabs.stream().filter(tab -> tab.tab.address.equals(seat.address) && tab.tab.room.equals(seat.room)).toList().forEach(this::end);
  }

  private void vacate(ModelSeat seat) {
    vacate(seat, users.get(seat.address));
  }

  private void vacate(ModelSeat seat, ModelUser user) {
    user.seat = null;
    rooms.get(seat.room).remove(seat);
    seat.tabs.forEach(tab -> tab.seat = null);
    seat.tabs.clear();
    if (seat.present) {
      transitions++;
      broadcast(seat.room, "user-left " + seat.address + " " + rooms.get(seat.room).size());
    }
    tellLobby(seat.room);
  }

  private void broadcast(String room, String event) {
    rooms.get(room).forEach(seat -> seat.tabs.forEach(tab -> tab.hears.add(event)));
  }

  private void tellLobby(String room) {
    lobby.computeIfAbsent(room, key -> new ArrayList<>()).add(room + " " + rooms.get(room).size());
  }

  private Deque<String> history(String room) {
    return Objects.requireNonNull(histories.computeIfAbsent(room, key -> new ArrayDeque<>()));
  }
}
