package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Frame;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.transport.ClientAddress;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Engine.IO, protocol 4 and, where it is asked for, 3: sessions of clients over WebSocket and long polling.
 *
 * <p>What is sent on a session arrives once and in order, or the session ends; so over an upgrade, too. Sessions, listeners and their messages live on one loop; requests are taken on the
 * loops of their sockets.
 */
public final class EngineServer {
  private static final int ID_LENGTH = 20;
  /** The heartbeat here finds out who is gone; that of WebSocket would only double it. */
  private static final Duration NO_PING = Duration.ofDays(1);

  private final Loop loop;
  private final EngineOptions options;
  private final RandomIds ids;
  private final Function<EngineSocket, EngineListener> acceptor;
  private final SocketLimits limits;
  private final InFlight inFlight = new InFlight();
  private final EngineHttp http;
  /** Changed on the loop only; looked into where upgrade requests arrive. So are the next two. */
  private final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();
  /** How many sessions an address, of IPv6 a network, has that are not confirmed. */
  private final Map<String, Integer> pending = new ConcurrentHashMap<>();
  /** How many it has at all; empty where that is not bounded. */
  private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
  private volatile boolean draining;
  private final EngineFigures figures = new EngineFigures();

  /**
   * Makes a server that nobody can reach yet.
   *
   * @param loop where the sessions live
   * @param ids where session ids come from; who knows one owns the session, so they must be secure
   * @param acceptor makes the listener of a new session; on the loop
   */
  public EngineServer(Loop loop, EngineOptions options, RandomIds ids, Function<EngineSocket, EngineListener> acceptor) {
    this.loop = loop;
    this.options = options;
    this.ids = ids;
    this.acceptor = acceptor;
    limits = new SocketLimits(options.maxPayload(), options.maxQueueBytes(), SocketLimits.STUCK_AFTER, NO_PING, Duration.ZERO);
    http = new EngineHttp(this);
  }

  // ---- Requests: any loop

  /** Answers every plain HTTP request on the path of this server, whatever its method. */
  public HttpHandler http() {
    return http;
  }

  /** Decides about an upgrade request on the path of this server. */
  public Handshake handshake(Upgrade upgrade) {
    HttpRequest request = upgrade.request();
    Optional<EngineFault> fault = http.fault(request);
    if (fault.isPresent()) {
      return fault.get().refuse();
    }
    if (!EngineHttp.isWebSocket(request)) {
      return EngineFault.BAD_REQUEST.refuse();
    }
    Optional<String> sessionId = EngineHttp.sessionId(request);
    return sessionId.isPresent() ? takeOver(upgrade, sessionId.get()) : begin(upgrade);
  }

  private Handshake begin(Upgrade upgrade) {
    HttpRequest request = upgrade.request();
    return handshakeFault(request).map(EngineFault::refuse).orElseGet(() -> receive(upgrade, protocol(request).orElseThrow(), Optional.empty()));
  }

  /** A session that needs no other connection is no fault of the request: clients see a WebSocket that closes, as with the reference implementation. */
  private Handshake takeOver(Upgrade upgrade, String sessionId) {
    EngineSession session = sessions.get(sessionId);
    if (session == null) {
      return EngineFault.UNKNOWN_SESSION.refuse();
    }
    return session.isPolling() ? receive(upgrade, session.protocol(), Optional.of(sessionId)) : Handshake.closeAtOnce(upgrade, CloseReason.policy(EngineFault.BAD_REQUEST.text()));
  }

  private Handshake receive(Upgrade upgrade, int protocol, Optional<String> sessionId) {
    return Handshake.accept(upgrade, new EngineReceiver(this, new EngineReceiver.Purpose(protocol, upgrade.request().client().address(), sessionId)), limits);
  }

  /** Why a client that asks for it gets no new session; empty if it may have one. */
  Optional<EngineFault> handshakeFault(HttpRequest request) {
    return protocol(request).isEmpty() ? Optional.of(EngineFault.UNSUPPORTED_VERSION) : noPlaceFor(request.client().address());
  }

  /** The version of the protocol that a client speaks; empty if it is not spoken here. */
  Optional<Integer> protocol(HttpRequest request) {
    return switch (request.parameter("EIO").orElse("")) {
      case "4" -> Optional.of(4);
      case "3" -> options.allowsProtocol3() ? Optional.of(3) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private Optional<EngineFault> noPlaceFor(String address) {
    if (draining) {
      return Optional.of(EngineFault.STOPPING);
    }
    if (sessions.size() >= options.maxSessions()) {
      return Optional.of(EngineFault.TOO_MANY_SESSIONS);
    }
    String key = ClientAddress.network(address);
    boolean hasPlace = pending.getOrDefault(key, 0) < options.maxPendingPerAddress() && (options.maxSessionsPerAddress() == 0 || byAddress.getOrDefault(key, 0) < options.maxSessionsPerAddress());
    return hasPlace ? Optional.empty() : Optional.of(EngineFault.TOO_MANY_PENDING);
  }

  // ---- Life: any thread

  /**
   * Ends all sessions and takes no new ones: WebSockets are closed with 1001, waiting polls are answered.
   *
   * @return done when everything was handed to the connections
   */
  public CompletionStage<Void> drain() {
    draining = true;
    return CompletableFuture.runAsync(() -> sessions.values().forEach(session -> session.close(EngineClose.SHUTTING_DOWN)), loop);
  }

  /** What there is and what has happened, by name in camel case. On the loop. */
  public Map<String, Number> figures() {
    Map<String, Number> all = new LinkedHashMap<>();
    all.put("sessions", sessions.size());
    all.put("pendingSessions", pending.values().stream().mapToInt(Integer::intValue).sum());
    figures.addTo(all);
    return all;
  }

  // ---- For the parts of this server

  Loop loop() {
    return loop;
  }

  EngineOptions options() {
    return options;
  }

  InFlight inFlight() {
    return inFlight;
  }

  /** Runs a task on the loop of the server: at once if this is it. */
  void onLoop(Runnable task) {
    if (loop.inLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  /** The session of this id, if it has not been silent for too long; it may be about to end. On the loop, as all that follows. */
  Optional<EngineSession> find(String id) {
    Optional<EngineSession> found = Optional.ofNullable(sessions.get(id));
    found.ifPresent(EngineSession::endIfSilent);
    return found.filter(session -> sessions.containsKey(id));
  }

  /** A new session on a WebSocket; empty if there is no place any more, then the WebSocket is closed. */
  Optional<EngineSession> open(EngineReceiver socket, EngineReceiver.Purpose purpose) {
    Optional<EngineFault> fault = noPlaceFor(purpose.address());
    if (fault.isPresent()) {
      socket.connection().close(draining ? CloseReason.GOING_AWAY : CloseReason.tryAgainLater(fault.get().text()));
      return Optional.empty();
    }
    EngineSession session = register(purpose.protocol(), purpose.address());
    session.open(socket);
    return Optional.of(session);
  }

  /** A new session that polls; there must be place for it. */
  EngineSession open(int protocol, String address, PayloadCodec codec) {
    EngineSession session = register(protocol, address);
    session.open(new PollingConnection(session, loop, codec, options, figures));
    return session;
  }

  private EngineSession register(int protocol, String address) {
    EngineSession session = new EngineSession(this, ids.next(ID_LENGTH), protocol, address);
    sessions.put(session.id(), session);
    pending(address);
    if (options.maxSessionsPerAddress() > 0) {
      byAddress.merge(ClientAddress.network(address), 1, Integer::sum);
    }
    figures.opened();
    return session;
  }

  Frame openPacket(String id, boolean mayUpgrade) {
    return Frame.text("0{\"sid\":\"" + id + "\",\"upgrades\":[" + (mayUpgrade ? "\"websocket\"" : "") + "],\"pingInterval\":" + options.pingInterval().toMillis()
        + ",\"pingTimeout\":" + options.pingTimeout().toMillis() + ",\"maxPayload\":" + options.maxPayload() + "}");
  }

  EngineListener accept(EngineSocket socket) {
    return acceptor.apply(socket);
  }

  void pending(String address) {
    pending.merge(ClientAddress.network(address), 1, Integer::sum);
  }

  void noLongerPending(String address) {
    free(pending, address);
  }

  private static void free(Map<String, Integer> counts, String address) {
    counts.computeIfPresent(ClientAddress.network(address), (network, count) -> count == 1 ? null : count - 1);
  }

  void upgraded() {
    figures.upgraded();
  }

  void ended(EngineClose reason) {
    figures.ended(reason);
  }

  void forget(EngineSession session) {
    if (sessions.remove(session.id()) != null) {
      free(byAddress, session.address());
    }
  }
}
