package dev.roost.socketio;

import dev.roost.core.Connection;
import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonOut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One Engine.IO session with the namespaces that it carries: reads packets, and puts binary attachments to the events that they belong to. On the loop of the server. */
final class ClientSession implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ClientSession.class);

  /** Time to hear of one's disconnect before the session ends. */
  private static final Duration PARTING = Duration.ofSeconds(1);

  private final SocketIoServer server;
  private final EngineSocket engine;
  /** By namespace. Most sessions carry one. */
  private Map<String, Socket> sockets = Map.of();
  private Loop.Cancellable connectTimer;
  private Incomplete incomplete;
  /** Of the incomplete packet and its attachments, counted by the server. */
  private int heldBytes;
  private boolean begun;
  private boolean closing;

  /** A packet whose attachments have not all come. */
  private static final class Incomplete {
    /** What an argument costs beside its bytes, roughly. */
    private static final int ARGUMENT_BYTES = 32;

    /** Empty if nobody will read it: then nothing of it is kept. */
    private final Optional<Packet.Message> packet;
    private final List<byte[]> attachments;
    private final Loop.Cancellable timeout;
    private int missing;
    /** Of the attachments. */
    private int bytes;

    Incomplete(Optional<Packet.Message> packet, int expected, Loop.Cancellable timeout) {
      this.packet = packet;
      this.timeout = timeout;
      missing = expected;
      attachments = new ArrayList<>(expected);
    }
  }

  ClientSession(SocketIoServer server, EngineSocket engine) {
    this.server = server;
    this.engine = engine;
    awaitNamespace();
  }

  /** What happens as soon as the session is there, and before anything that comes: in protocol 3 a client is in the main namespace without asking. */
  void begin() {
    if (begun || closing) {
      return;
    }
    begun = true;
    if (isOld()) {
      connect(new Packet.Connect("/", RawJson.ABSENT));
    }
  }

  // ---- What comes

  @Override
  public void text(byte[] bytes, int from) {
    begin();
    if (closing) {
      return;
    }
    Optional<Packet> packet = incomplete == null ? PacketParser.parse(bytes, from, server.options().maxAttachments()) : Optional.empty();
    if (packet.isEmpty()) {
      close(EngineClose.PARSE_ERROR);
    } else {
      received(packet.get(), bytes.length);
    }
  }

  private void received(Packet packet, int length) {
    switch (packet) {
      case Packet.Connect connect -> connect(connect);
      case Packet.Disconnect disconnect -> leave(disconnect.namespace());
      case Packet.Message message -> collect(message, length + message.arguments().size() * Incomplete.ARGUMENT_BYTES);
    }
  }

  private void collect(Packet.Message packet, int bytes) {
    if (packet.attachments() == 0) {
      dispatch(packet, List.of());
      return;
    }
    boolean isWanted = sockets.containsKey(packet.namespace());
    if (isWanted && !admits(bytes)) {
      close(EngineClose.PARSE_ERROR);
    } else {
      incomplete = new Incomplete(Optional.of(packet).filter(wanted -> isWanted), packet.attachments(), attachmentsTimeout());
    }
  }

  /** A client that answers pings has sent everything that it had before. Attachments that take longer are not on their way. */
  private Loop.Cancellable attachmentsTimeout() {
    return server.loop().after(server.options().surelyNoticedAfter(), () -> close(EngineClose.PARSE_ERROR));
  }

  private boolean admits(int bytes) {
    boolean admitted = server.admitAttachment(bytes);
    heldBytes += admitted ? bytes : 0;
    return admitted;
  }

  @Override
  public void binary(byte[] payload) {
    if (closing) {
      return;
    }
    Incomplete waiting = incomplete;
    boolean fits = waiting != null && waiting.bytes + payload.length <= server.options().engine().maxPayload();
    if (!fits || waiting.packet.isPresent() && !admits(payload.length)) {
      close(EngineClose.PARSE_ERROR);
      return;
    }
    waiting.bytes += payload.length;
    waiting.missing--;
    if (waiting.packet.isPresent()) {
      waiting.attachments.add(payload);
    }
    if (waiting.missing == 0) {
      forgetIncomplete();
      waiting.packet.ifPresent(packet -> dispatch(packet, waiting.attachments));
    }
  }

  private void forgetIncomplete() {
    if (incomplete != null) {
      incomplete.timeout.cancel();
      incomplete = null;
      server.attachmentsDone(heldBytes);
      heldBytes = 0;
    }
  }

  /** What is for a namespace that the client is not in was under way when it left, and means nothing. */
  private void dispatch(Packet.Message packet, List<byte[]> attachments) {
    Socket socket = sockets.get(packet.namespace());
    if (socket == null) {
      return;
    }
    guarded(() -> {
      switch (packet) {
        case Packet.Event event -> socket.namespace().handler().event(socket, new Event(event.name(), event.arguments(), attachments, new Answer(socket, event.id())));
        case Packet.Ack ack -> socket.acknowledged(ack, attachments);
      }
    });
  }

  // ---- Namespaces

  private void connect(Packet.Connect packet) {
    String name = packet.namespace();
    if (sockets.containsKey(name)) {
      close(EngineClose.PARSE_ERROR);
      return;
    }
    if (!server.mayConnect(engine.address())) {
      close(EngineClose.FORCED);
      return;
    }
    guarded(() -> {
      Optional<NamespaceHandler> handler = server.handler(name);
      if (handler.isEmpty()) {
        refuse(name, "Invalid namespace");
      } else if (sockets.size() >= server.options().maxNamespaces()) {
        refuse(name, "Too many namespaces");
      } else {
        handler.get().refusal(engine.address(), packet.auth())
            .ifPresentOrElse(why -> refuse(name, why), () -> server.namespaceOf(name, handler.get()).connect(this, packet.auth()));
      }
    });
  }

  /** In protocol 4 the data of an error is a text, in protocol 5 an object. */
  private void refuse(String namespace, String why) {
    String json = isOld() ? JsonOut.text(why).toString() : new JsonOut().put("message", why).toText();
    engine.connection().send(Encoded.control('4', namespace, json));
  }

  private void leave(String namespace) {
    Socket socket = sockets.get(namespace);
    if (socket != null) {
      remove(namespace);
      guarded(() -> socket.over(DisconnectReason.CLIENT_LEFT).run());
    }
  }

  void add(String namespace, Socket socket) {
    connectTimer.cancel();
    // A timer keeps what it would have done, though it was cancelled.
    connectTimer = Loop.Cancellable.NONE;
    engine.confirm();
    if (sockets.isEmpty()) {
      sockets = Map.of(namespace, socket);
    } else {
      sockets = sockets.size() == 1 ? new HashMap<>(sockets) : sockets;
      sockets.put(namespace, socket);
    }
  }

  /** Takes a socket out that is over or goes on elsewhere. */
  void remove(String namespace) {
    if (sockets.size() > 1) {
      sockets.remove(namespace);
      // Nobody has looked at the map of many since: a single entry needs none.
      sockets = sockets.size() == 1 ? Map.copyOf(sockets) : sockets;
    } else if (sockets.containsKey(namespace)) {
      sockets = Map.of();
      engine.unconfirm();
      awaitNamespace();
    }
  }

  /**
   * Tells the client that it is out of a namespace. If that was the only one, the session ends a moment later: a client that learns both at once, by one answer to a poll, takes the end of
   * the session for the reason.
   */
  void sendAway(Socket socket) {
    String namespace = socket.namespace().name();
    engine.connection().send(Encoded.control('1', namespace, ""));
    remove(namespace);
    if (sockets.isEmpty() && !closing) {
      connectTimer.cancel();
      connectTimer = server.loop().after(PARTING, () -> close(EngineClose.FORCED));
    }
  }

  void closeIfEmpty() {
    if (sockets.isEmpty()) {
      close(EngineClose.FORCED);
    }
  }

  private void awaitNamespace() {
    if (!closing) {
      connectTimer = server.loop().after(server.options().connectTimeout(), () -> close(EngineClose.FORCED));
    }
  }

  // ---- The session

  @Override
  public void moved(Connection from, Connection to) {
    sockets.values().forEach(socket -> socket.moved(from, to));
  }

  private void close(EngineClose reason) {
    if (!closing) {
      closing = true;
      connectTimer.cancel();
      engine.close(reason);
    }
  }

  @Override
  public void closed(EngineClose reason) {
    closing = true;
    connectTimer.cancel();
    forgetIncomplete();
    Map<String, Socket> left = sockets;
    sockets = Map.of();
    left.values().forEach(socket -> guarded(() -> socket.lost(DisconnectReason.of(reason))));
  }

  /** A failure here is a fault of the application: this client's view can no longer be trusted, so it is sent away to begin anew. */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("What a client of Socket.IO sent could not be handled", e);
      close(EngineClose.FORCED);
    }
  }

  /** Whether the client speaks protocol 3 of Engine.IO, and so 4 of Socket.IO. */
  boolean isOld() {
    return engine.protocol() == 3;
  }

  String address() {
    return engine.address();
  }

  String engineId() {
    return engine.id();
  }

  Connection connection() {
    return engine.connection();
  }
}
