package dev.roost.socketio;

import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RateLimits;
import dev.roost.transport.ClientAddress;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A Socket.IO server: protocol 5, and 4 where clients of Engine.IO 3 are allowed.
 *
 * <p>It does not listen itself: {@link #handshake} and {@link #http} are to be put behind a path. Both may be called on any loop. Everything else, the handlers included, happens on the one
 * loop that the server was given.
 */
public final class SocketIoServer {
  private static final int SECRET_LENGTH = 24;
  private static final int SOCKET_ID_LENGTH = 20;
  /** Of the logs that there may be of one namespace, one after the other, no two may have the same. */
  private static final int EPOCH_LENGTH = 8;
  /** Of sockets that may come back; more break for good. */
  private static final int MAX_INTERRUPTED = 10_000;
  /** The same for one address, so that it does not take the places of all others. */
  private static final int MAX_INTERRUPTED_OF_ADDRESS = MAX_INTERRUPTED / 4;
  private static final long MAX_LOG_BYTES = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);
  private static final long MAX_ATTACHMENT_BYTES = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);

  /** Of one address, for itself and all who share it. */
  private static final int CONNECTS_PER_SECOND = 1_000;
  private static final int CONNECTS_AT_ONCE = 12_000;
  private static final int MAX_REMEMBERED_ADDRESSES = 100_000;

  private final Loop loop;
  private final SocketIoOptions options;
  private final RandomIds ids;
  private final EngineServer engine;
  private final EventLog.Memory logs = new EventLog.Memory(MAX_LOG_BYTES);
  private final Map<String, Namespace> namespaces = new HashMap<>();
  private final Map<String, NamespaceHandler> handlers = new HashMap<>();
  private Function<String, Optional<NamespaceHandler>> rule = name -> Optional.empty();
  private final RateLimits connects = new RateLimits(CONNECTS_PER_SECOND, Duration.ofSeconds(1), CONNECTS_AT_ONCE, MAX_REMEMBERED_ADDRESSES);
  private int interrupted;
  private final Map<String, Integer> interruptedByAddress = new HashMap<>();
  private boolean draining;
  private long recoveries;
  private long attachmentBytes;

  /**
   * A server without namespaces.
   *
   * @param loop where everything of it lives
   * @param ids from a secure random: who knows the id of a session owns it
   */
  public SocketIoServer(Loop loop, SocketIoOptions options, RandomIds ids) {
    this.loop = loop;
    this.options = options;
    this.ids = ids;
    engine = new EngineServer(loop, options.engine(), ids, this::accept);
  }

  /** Offers a namespace; before the first client comes. */
  public void namespace(String name, NamespaceHandler handler) {
    handlers.put(name, handler);
    loop.execute(() -> namespaces.computeIfAbsent(name, n -> new Namespace(this, n, handler)));
  }

  /** Offers every namespace that the rule has a handler for; before the first client comes. One exists, and takes memory, while it has sockets. */
  public void namespaces(Function<String, Optional<NamespaceHandler>> handlerOf) {
    rule = handlerOf;
  }

  /** A namespace; empty if it is not offered, or came by the rule and has no sockets. On the loop. */
  public Optional<Namespace> find(String name) {
    return Optional.ofNullable(namespaces.get(name));
  }

  /** Answers the requests of long polling. */
  public HttpHandler http() {
    return engine.http();
  }

  /** Decides about a WebSocket. */
  public Handshake handshake(Upgrade request) {
    return engine.handshake(request);
  }

  /** Ends all sessions, because the server stops; nobody comes back. Any thread. */
  public CompletionStage<Void> drain() {
    loop.execute(() -> {
      draining = true;
      List.copyOf(namespaces.values()).forEach(Namespace::endInterrupted);
    });
    return engine.drain();
  }

  /** Figures for operators, by name in camel case. On the loop. */
  public Map<String, Number> figures() {
    Map<String, Number> figures = new LinkedHashMap<>(engine.figures());
    figures.put("namespaces", namespaces.size());
    figures.put("sockets", namespaces.values().stream().mapToInt(Namespace::size).sum());
    figures.put("interruptedSockets", interrupted);
    figures.put("recoveredSocketsTotal", recoveries);
    figures.put("recoveryLogBytes", logs.used());
    figures.put("waitingAttachmentBytes", attachmentBytes);
    return figures;
  }

  private EngineListener accept(EngineSocket socket) {
    ClientSession session = new ClientSession(this, socket);
    if (session.isOld()) {
      loop.execute(session::begin);
    }
    return new InPortions(loop, session, options.engine().maxPayload());
  }

  // ---- For namespaces and sessions

  Optional<NamespaceHandler> handler(String name) {
    NamespaceHandler fixed = handlers.get(name);
    return fixed != null ? Optional.of(fixed) : rule.apply(name);
  }

  Namespace namespaceOf(String name, NamespaceHandler handler) {
    return namespaces.computeIfAbsent(name, n -> new Namespace(this, n, handler));
  }

  /** Nobody is in a namespace any more, and nobody may come back. */
  void emptied(Namespace namespace) {
    if (!handlers.containsKey(namespace.name()) && namespaces.remove(namespace.name(), namespace)) {
      namespace.end();
    }
  }

  EventLog newLog() {
    return new EventLog(loop, ids.next(EPOCH_LENGTH), options.recoveryWindow(), options.surelyNoticedAfter(), logs);
  }

  String newSecret() {
    return ids.next(SECRET_LENGTH);
  }

  /** Clients of protocol 4 make the id themselves, out of that of the session. */
  String newSocketId(ClientSession session, String namespace) {
    if (!session.isOld()) {
      return ids.next(SOCKET_ID_LENGTH);
    }
    return namespace.equals("/") ? session.engineId() : namespace + "#" + session.engineId();
  }

  /** Whether a client at this address may ask for one more namespace now: answers to those who never read them must not fill the memory. */
  boolean mayConnect(String address) {
    return connects.admit(ClientAddress.network(address), loop.nanos());
  }

  /** Whether one more socket of this address may be kept until it comes back. */
  boolean mayInterrupt(String address) {
    return !draining && interrupted < MAX_INTERRUPTED && interruptedByAddress.getOrDefault(address, 0) < MAX_INTERRUPTED_OF_ADDRESS;
  }

  void interrupted(String address) {
    interrupted++;
    interruptedByAddress.merge(address, 1, Integer::sum);
  }

  /** It came back, or its time is over. */
  void noLongerInterrupted(String address) {
    interrupted--;
    interruptedByAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
  }

  void recovered() {
    recoveries++;
  }

  /** Whether so many bytes of an event may wait for its attachments; who may gives them back with {@link #attachmentsDone}. */
  boolean admitAttachment(int bytes) {
    boolean admitted = attachmentBytes + bytes <= MAX_ATTACHMENT_BYTES;
    attachmentBytes += admitted ? bytes : 0;
    return admitted;
  }

  void attachmentsDone(int bytes) {
    attachmentBytes -= bytes;
  }

  Loop loop() {
    return loop;
  }

  SocketIoOptions options() {
    return options;
  }
}
