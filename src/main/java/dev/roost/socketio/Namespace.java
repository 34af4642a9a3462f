package dev.roost.socketio;

import dev.roost.core.Audience;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonOut;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A part of a server with its own sockets, rooms and events. On the loop of the server. One that came by a rule ({@link SocketIoServer#namespaces}) goes with its last socket.
 */
public final class Namespace {
  private final SocketIoServer server;
  private final String name;
  private final NamespaceHandler handler;
  private final Optional<Recovery> recovery;
  private final Audience everybody = new Audience();
  private final Map<String, Audience> rooms = new HashMap<>(2);
  private int interrupted;
  private boolean connecting;

  Namespace(SocketIoServer server, String name, NamespaceHandler handler) {
    this.server = server;
    this.name = name;
    this.handler = handler;
    boolean recovers = server.options().recovers() && handler.recovers();
    recovery = recovers ? Optional.of(new Recovery(this, server.newLog(), server.options().maxMissedBytes())) : Optional.empty();
  }

  public String name() {
    return name;
  }

  /** Sockets that are connected. */
  public int size() {
    return everybody.size();
  }

  /** Addresses an event: to everybody, unless rooms are named. */
  public Broadcast broadcast() {
    return new Broadcast(this);
  }

  /** Sends an event to everybody; how many sockets get it now. */
  public int emit(Payload payload) {
    return send(Target.EVERYBODY, payload, Delivery.RELIABLE);
  }

  /** An event for any number of its sockets, at any time. @throws IllegalArgumentException if it has no argument, or the last one is a text */
  public PreparedEvent prepare(Payload payload) {
    return new PreparedEvent(name, payload);
  }

  // ---- Sending

  /** Sends an event; what may be missed is kept. An event with attachments is several frames, of which none may be dropped alone. */
  int send(Target target, Payload payload, Delivery delivery) {
    if (recovery.isEmpty()) {
      return deliver(target, Encoded.event(name, Packet.NO_ID, payload, Optional.empty()), whole(payload, delivery));
    }
    EventLog log = recovery.get().log();
    boolean isKept = delivery == Delivery.RELIABLE;
    long number = isKept ? log.next() : log.last();
    Encoded packet = Encoded.event(name, Packet.NO_ID, payload, Optional.of(log.offset(number)));
    if (isKept) {
      log.keep(number, target, packet);
    }
    return deliver(target, packet, whole(payload, delivery));
  }

  private static Delivery whole(Payload payload, Delivery delivery) {
    return payload.attachments().isEmpty() ? delivery : Delivery.RELIABLE;
  }

  private int deliver(Target target, Encoded packet, Delivery delivery) {
    if (target.socket().isPresent()) {
      target.socket().get().deliver(packet, delivery);
      return target.socket().get().isConnected() ? 1 : 0;
    }
    if (target.rooms().size() > 1) {
      return deliverToSeveralRooms(target, packet, delivery);
    }
    Audience audience = target.rooms().isEmpty() ? everybody : rooms.get(target.rooms().iterator().next());
    if (audience == null) {
      return 0;
    }
    if (!target.hasExceptions()) {
      packet.sendTo(audience, delivery);
      return audience.size();
    }
    Set<Connection> except = excepted(target);
    packet.sendToOthers(audience, except, delivery);
    return audience.size() - (int) except.stream().filter(audience::contains).count();
  }

  private Stream<Socket> connected(Set<Socket> sockets) {
    return sockets.stream().filter(socket -> socket.isConnected() && socket.namespace() == this);
  }

  /** A socket in two of the rooms gets the event once. */
  private int deliverToSeveralRooms(Target target, Encoded packet, Delivery delivery) {
    Set<Connection> receivers = identitySet();
    target.rooms().stream().map(rooms::get).filter(room -> room != null).forEach(room -> receivers.addAll(room.members()));
    receivers.removeAll(excepted(target));
    receivers.forEach(receiver -> packet.sendTo(receiver, delivery));
    return receivers.size();
  }

  private Set<Connection> excepted(Target target) {
    Set<Connection> except = identitySet();
    target.exceptRooms().stream().map(rooms::get).filter(room -> room != null).forEach(room -> except.addAll(room.members()));
    connected(target.exceptSockets()).forEach(socket -> except.add(socket.session().connection()));
    return except;
  }

  private static Set<Connection> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  // ---- Sockets come and go

  /** A client connects: as a new socket, or as the one that it was. */
  void connect(ClientSession session, RawJson auth) {
    connecting = true;
    try {
      if (recovery.filter(known -> known.comesBack(session, auth)).isEmpty()) {
        fresh(session, auth);
      }
    } finally {
      connecting = false;
      releaseIfEmpty();
    }
  }

  private void fresh(ClientSession session, RawJson auth) {
    String secret = recovers() ? server.newSecret() : "";
    Socket socket = new Socket(server.newSocketId(session, name), this, session, secret, lastNumber());
    session.add(name, socket);
    everybody.add(session.connection());
    recovery.ifPresent(known -> known.add(socket));
    session.connection().send(accepted(session, socket));
    handler.connected(socket, auth);
  }

  /** A socket goes on by another session, and gets what it missed. */
  void resume(Socket socket, ClientSession session, List<EventLog.Entry> missed) {
    interrupted--;
    server.noLongerInterrupted(socket.address());
    server.recovered();
    socket.resume(session, missed);
    session.add(name, socket);
    everybody.add(session.connection());
    socket.currentRooms().forEach(room -> enter(room, session.connection()));
    session.connection().send(accepted(session, socket));
    missed.forEach(entry -> entry.packet().sendTo(session.connection(), Delivery.RELIABLE));
    handler.resumed(socket);
  }

  /** The answer to CONNECT; in protocol 4 it says nothing. */
  private Frame accepted(ClientSession session, Socket socket) {
    if (session.isOld()) {
      return Encoded.control('0', name, "");
    }
    JsonOut out = new JsonOut().put("sid", socket.id());
    if (recovers()) {
      out.put("pid", socket.secret());
    }
    return Encoded.control('0', name, out.toText());
  }

  /** Whether a socket whose session broke is kept until it comes back. */
  boolean keepsForLater(Socket socket) {
    return recovers() && !socket.session().isOld() && server.mayInterrupt(socket.address());
  }

  void interrupted(Socket socket) {
    interrupted++;
    server.interrupted(socket.address());
    handler.interrupted(socket);
  }

  void withdraw(Socket socket, Connection connection) {
    everybody.remove(connection);
    socket.currentRooms().forEach(room -> exit(room, connection));
  }

  void remove(Socket socket, boolean wasInterrupted) {
    recovery.ifPresent(known -> known.remove(socket));
    if (wasInterrupted) {
      interrupted--;
      server.noLongerInterrupted(socket.address());
    }
    releaseIfEmpty();
  }

  private void releaseIfEmpty() {
    if (everybody.isEmpty() && interrupted == 0 && !connecting) {
      server.emptied(this);
    }
  }

  void moved(Socket socket, Connection from, Connection to) {
    everybody.remove(from);
    everybody.add(to);
    socket.currentRooms().forEach(room -> {
      exit(room, from);
      enter(room, to);
    });
  }

  void enter(String room, Connection connection) {
    rooms.computeIfAbsent(room, name -> new Audience()).add(connection);
  }

  void exit(String room, Connection connection) {
    Audience audience = rooms.get(room);
    if (audience != null) {
      audience.remove(connection);
      if (audience.isEmpty()) {
        rooms.remove(room);
      }
    }
  }

  /** Nobody comes back any more. */
  void endInterrupted() {
    recovery.map(Recovery::interrupted).orElse(List.of()).forEach(socket -> loop().execute(socket.over(DisconnectReason.SHUTTING_DOWN)));
  }

  /** Nobody is here any more. */
  void end() {
    recovery.ifPresent(known -> known.log().end());
  }

  NamespaceHandler handler() {
    return handler;
  }

  Loop loop() {
    return server.loop();
  }

  boolean recovers() {
    return recovery.isPresent();
  }

  Duration recoveryWindow() {
    return server.options().recoveryWindow();
  }

  long lastNumber() {
    return recovery.map(known -> known.log().last()).orElse(0L);
  }

  long firstNumber() {
    return recovery.map(known -> known.log().first()).orElse(0L);
  }
}
