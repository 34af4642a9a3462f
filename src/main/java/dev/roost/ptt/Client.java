package dev.roost.ptt;

import dev.roost.core.Connection;
import dev.roost.core.Frame;
import dev.roost.core.OncePer;
import dev.roost.ptt.PttMessages.Channel;
import dev.roost.ptt.PttMessages.Fault;
import dev.roost.ptt.PttMessages.Head;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A connection, as the switchboard sees it. On its loop. */
final class Client {
  private static final Duration FAULT_INTERVAL = Duration.ofSeconds(25);
  private static final Duration UNAUTHORIZED_INTERVAL = Duration.ofSeconds(1);
  /** What may wait behind a message that waits for an answer itself: at the highest legal rate more than the second after which there is an answer in any case. */
  private static final int MAX_WAITING = 500;
  private static final int MAX_WAITING_BYTES = 2 << 20;
  /** People talk to one at a time; programs may to a few. */
  private static final int MAX_TRANSMISSIONS = 64;

  private final Connection connection;
  private final Introduction introduction;
  /** Names this connection on all servers. */
  private final String token;
  private final ArrayDeque<Turns.Waiting> waiting = new ArrayDeque<>(1);
  private int waitingBytes;
  private final Map<Target, Transmission> transmissions = new HashMap<>(2);
  private final Map<Fault, OncePer> faults = new EnumMap<>(Fault.class);
  private OncePer unauthorized;
  private Registry.Login login = Registry.Login.UNKNOWN;
  /** How many answers the message in hand waits for. */
  private int holds;
  /** When it came, and when it was last heard of as one who keeps the user online. */
  private long arrivedNanos;
  private long aliveNanos;
  private boolean isLoggingIn;
  private boolean hasHeartbeat;
  private boolean isGone;

  /** Where a transmission goes. */
  private record Target(Channel channel, String toId) {}

  Client(Connection connection, Introduction introduction, String token) {
    this.connection = connection;
    this.introduction = introduction;
    this.token = token;
  }

  Connection connection() {
    return connection;
  }

  Introduction introduction() {
    return introduction;
  }

  String userId() {
    return introduction.userId();
  }

  boolean isMobile() {
    return !introduction.isWatcher();
  }

  String token() {
    return token;
  }

  void send(Frame frame) {
    connection.send(frame);
  }

  Registry.Login login() {
    return login;
  }

  /** Whether the answer to the login is still awaited; then a heartbeat waits, too, because the user is not online before. */
  boolean postponesHeartbeat() {
    hasHeartbeat |= isLoggingIn;
    return isLoggingIn;
  }

  void logsIn(long nanos) {
    arrivedNanos = nanos;
    aliveNanos = nanos;
    isLoggingIn = true;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  /** It keeps its user online for another TTL. */
  void alive(long nanos) {
    aliveNanos = nanos;
  }

  long aliveNanos() {
    return aliveNanos;
  }

  /** The answer is here; whether a heartbeat came before it. */
  boolean loggedIn() {
    isLoggingIn = false;
    return hasHeartbeat;
  }

  void login(Registry.Login known) {
    login = known;
  }

  Presence.Session session() {
    return new Presence.Session(userId(), introduction.deviceId(), login.order(), token);
  }

  /** Whether it has ended, or has been replaced, so that nothing of it counts any more. */
  boolean isGone() {
    return isGone;
  }

  void leave() {
    isGone = true;
  }

  // ---- One message after the other

  /** Whether a message in hand waits for an answer. */
  boolean isHeld() {
    return holds > 0;
  }

  void hold() {
    holds++;
  }

  void release() {
    holds--;
  }

  /** Keeps a message until those before it are done; false if too much waits already. */
  boolean enqueue(Turns.Waiting message) {
    if (waiting.size() == MAX_WAITING || waitingBytes + message.length() > MAX_WAITING_BYTES) {
      return false;
    }
    waitingBytes += message.length();
    return waiting.add(message);
  }

  /** The next message that waits; null if none does. */
  Turns.Waiting next() {
    Turns.Waiting message = waiting.poll();
    if (message != null) {
      waitingBytes -= message.length();
    }
    return message;
  }

  // ---- Transmissions

  /** Whether one more transmission would be too many; one to the same takes the place of the last. */
  boolean mayBegin(Head head) {
    return transmissions.size() < MAX_TRANSMISSIONS || transmissions.containsKey(target(head));
  }

  /** Begins a transmission; that to the same, if there is one, is over. */
  Optional<Transmission> begin(Transmission transmission) {
    return Optional.ofNullable(transmissions.put(target(transmission.head()), transmission));
  }

  /** The transmission to the same; null if there is none. One that the server has ended is there until the next begins. */
  Transmission transmission(Head head) {
    return transmissions.isEmpty() ? null : transmissions.get(target(head));
  }

  /** Its speaker has ended it. */
  void end(Transmission transmission) {
    transmissions.remove(target(transmission.head()), transmission);
  }

  /** Everything under way; a copy. */
  List<Transmission> transmissions() {
    return List.copyOf(transmissions.values());
  }

  private static Target target(Head head) {
    return new Target(head.channel(), head.toId());
  }

  // ---- Answers to faults, which a hostile client must not be able to multiply

  boolean mayHear(Fault fault, long nanos) {
    return faults.computeIfAbsent(fault, f -> new OncePer(FAULT_INTERVAL)).allow(nanos);
  }

  boolean mayHearUnauthorized(long nanos) {
    if (unauthorized == null) {
      unauthorized = new OncePer(UNAUTHORIZED_INTERVAL);
    }
    return unauthorized.allow(nanos);
  }
}
