package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All public rooms: the one way to their visitors, seats and sockets. Every call is one step that nobody sees half of; what follows from it, such as a place for the next one that waits, has
 * happened when it returns. On the rooms' loop.
 */
final class StudyRooms {
  private static final Duration MIN_SWEEP = Duration.ofMillis(10);
  private static final Duration MAX_SWEEP = Duration.ofMinutes(1);
  private static final int SWEEPS_OF_A_LIFE = 30;

  private final Loop loop;
  private final PublicRoomsSettings settings;
  private final RoomsJournal journal;
  private final Lobby lobby;
  private final Function<StudyRoom, Hall> halls;
  private final Map<String, StudyRoom> rooms = new LinkedHashMap<>();
  private final RoomsFigures figures = new RoomsFigures();
  private final AbuseBlock abuse;
  private final RateBudgets apiBudgets;
  private final RateBudgets joinBudgets;
  private final RateBudgets chatBudgets;
  private final Viewers viewers = new Viewers();
  private final Visitors visitors;
  private final Seating seating;
  private final Reception reception;

  /**
   * @param journal is told what outlives a restart
   * @param halls makes the joined sockets of a room, addressed together; asked once for each room
   * @param uuids random ones
   */
  StudyRooms(Loop loop, PublicRoomsSettings settings, RoomsJournal journal, Lobby lobby, Function<StudyRoom, Hall> halls, Supplier<String> uuids) {
    this.loop = loop;
    this.settings = settings;
    this.journal = journal;
    this.lobby = lobby;
    this.halls = halls;
    abuse = new AbuseBlock(loop, settings, figures);
    apiBudgets = new RateBudgets(loop, settings.api(), abuse);
    joinBudgets = new RateBudgets(loop, settings.join(), abuse);
    chatBudgets = new RateBudgets(loop, settings.chat(), abuse);
    visitors = new Visitors(loop, settings, journal, uuids, this::hasSocket, this::expired);
    seating = new Seating(loop, visitors, rooms, figures, this::dismiss);
    reception = new Reception(loop, settings, abuse, visitors, seating, new RoomTalk(loop, uuids, chatBudgets, figures), rooms, figures);
    loop.every(sweepInterval(settings.userTtl()), this::sweep);
  }

  /**
   * What was there before a restart; comes before everything else.
   *
   * @param all every room there is from now on
   * @param chat by room, in any order
   */
  void restore(List<StudyRoom> all, List<Visitor> stored, Map<String, List<NumberedMessage>> chat) {
    for (StudyRoom room : NumericOrder.byName(all)) {
      ChatHistory history = new ChatHistory(room, settings.chatHistory(), journal);
      history.restore(chat.getOrDefault(room.id(), List.of()));
      room.open(settings.capacity(), halls.apply(room), lobby, history);
      rooms.put(room.id(), room);
    }
    visitors.restore(stored);
  }

  // ---- 2.3: sockets in the namespaces of rooms

  /** A socket has got its CONNECT. It may be refused at once, or later. */
  void connected(GuestSocket socket, String ipHash, String roomId) {
    reception.connected(socket, ipHash, roomId);
  }

  void received(GuestSocket socket, Inbound message) {
    reception.received(socket, message);
  }

  /** A socket is over, whoever ended it; or one that was interrupted will not come back. */
  void disconnected(GuestSocket socket) {
    reception.disconnected(socket);
  }

  /** The connection of a socket is lost, and may come back: {@link #resumed} or {@link #disconnected} follows. */
  void interrupted(GuestSocket socket) {
    reception.interrupted(socket);
  }

  /** Whether an interrupted socket could come back now; if so, {@link #resumed} follows at once, if not, {@link #disconnected}. */
  boolean mayResume(GuestSocket socket) {
    return reception.mayResume(socket);
  }

  /** An interrupted socket is back, with the id that it had; it may be another object. */
  void resumed(GuestSocket socket) {
    reception.resumed(socket);
  }

  // ---- 2.4: sockets in the namespace /

  /** Whether one more of this address fits; if so, {@link #viewerDisconnected} follows some time. */
  boolean viewerConnected(String ipHash) {
    return viewers.add(ipHash);
  }

  void viewerDisconnected(String ipHash) {
    viewers.remove(ipHash);
  }

  // ---- 1.4: REST

  /** Counts a request other than a join. */
  Permit permitApi(String ipHash) {
    visitors.touch(ipHash);
    return apiBudgets.attempt(ipHash);
  }

  /** Counts a join. */
  Permit permitJoin(String ipHash) {
    visitors.touch(ipHash);
    return joinBudgets.attempt(ipHash);
  }

  /** In the order of their names, numbers in them by their value. */
  List<RoomView> rooms() {
    visitors.sweep();
    return rooms.values().stream().map(StudyRoom::view).toList();
  }

  /**
   * The user of an address, new or with a new name.
   *
   * @param displayName sanitised
   */
  Visitor enter(String ipHash, String displayName) {
    return visitors.enter(ipHash, displayName);
  }

  JoinOutcome join(String ipHash, String roomId, String userId) {
    return seating.join(ipHash, roomId, userId);
  }

  /** Idempotent: empty also if there was nothing to leave. */
  Optional<RestFault> leave(String ipHash, String roomId, String userId) {
    Optional<RestFault> fault = seating.leave(ipHash, roomId, userId);
    reception.admitWaiting();
    return fault;
  }

  // ---- 3.6: the server-side API

  /** Answers how many sockets hear it; -1 if there is no such room. */
  int broadcast(String roomId, String event, RawJson data) {
    StudyRoom room = rooms.get(roomId);
    if (room == null) {
      return -1;
    }
    room.announce(event, data);
    return room.listeners();
  }

  /** Live sockets of an address in rooms. */
  int connectionCount(String ipHash) {
    return reception.connections().live(ipHash);
  }

  /** From now on nobody is asked any more whether they are still there. */
  void stopHealthChecks() {
    reception.stopHealthChecks();
  }

  CapacityStatus capacity() {
    return reception.admission().capacity();
  }

  ReconnectionStatus reconnection(String ipHash) {
    return reception.admission().reconnection(ipHash);
  }

  /** Section 7: for metrics, by name. */
  Map<String, Number> figures() {
    Map<String, Number> all = new LinkedHashMap<>();
    all.put("viewers", viewers.total());
    all.put("users", visitors.size());
    all.put("rooms", rooms.size());
    all.put("occupancy", rooms.values().stream().mapToInt(StudyRoom::occupancy).sum());
    all.put("queueLength", capacity().queueLength());
    all.put("rememberedAddresses", rememberedAddresses());
    all.put("rateLimitedRequests", apiBudgets.refusals());
    all.put("rateLimitedJoins", joinBudgets.refusals());
    all.put("rateLimitedMessages", chatBudgets.refusals());
    all.putAll(figures.toMap());
    return all;
  }

  /** How many are in each room, by its name. */
  Map<String, Double> occupancies() {
    Map<String, Double> byName = new LinkedHashMap<>();
    rooms.values().forEach(room -> byName.put(room.name(), (double) room.occupancy()));
    return byName;
  }

  /** How many sockets there are in each state, by its name. */
  Map<String, Double> sockets() {
    Map<String, Double> byState = new LinkedHashMap<>();
    List.of(Guest.State.WAITING, Guest.State.ADMITTED, Guest.State.JOINED, Guest.State.INTERRUPTED).forEach(state -> byState.put(state.name().toLowerCase(Locale.ROOT), 0.0));
    reception.connections().all().forEach(guest -> byState.merge(guest.state().name().toLowerCase(Locale.ROOT), 1.0, Double::sum));
    return byState;
  }

  /** How often a client was told of each fault, by its code. */
  Map<String, Long> refusals() {
    return figures.refusals();
  }

  /** Entries of everything that is counted by address; an address may have several. */
  private int rememberedAddresses() {
    return apiBudgets.size() + joinBudgets.size() + chatBudgets.size() + abuse.size() + reception.admission().remembered();
  }

  private boolean hasSocket(String ipHash) {
    return !reception.connections().of(ipHash).isEmpty();
  }

  private void expired(Seat seat) {
    seating.expire(seat);
  }

  private void dismiss(String ipHash, String roomId) {
    reception.dismiss(ipHash, roomId);
  }

  private void sweep() {
    visitors.sweep();
    apiBudgets.forget();
    joinBudgets.forget();
    chatBudgets.forget();
    abuse.forget();
    reception.admission().forget();
  }

  /** Often enough that nobody stays for much longer than the time to live. */
  private static Duration sweepInterval(Duration ttl) {
    Duration part = ttl.dividedBy(SWEEPS_OF_A_LIFE);
    return part.compareTo(MIN_SWEEP) < 0 ? MIN_SWEEP : part.compareTo(MAX_SWEEP) > 0 ? MAX_SWEEP : part;
  }
}
