package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the sockets of a namespace come back whose sessions broke: each by the secret that only its client knows, whole or not at all. On the loop of the server. */
final class Recovery {
  private final Namespace namespace;
  private final EventLog log;
  private final int maxMissedBytes;
  private final Map<String, Socket> bySecret = new HashMap<>(2);

  /** @param maxMissedBytes a socket that missed more is not brought back */
  Recovery(Namespace namespace, EventLog log, int maxMissedBytes) {
    this.namespace = namespace;
    this.log = log;
    this.maxMissedBytes = maxMissedBytes;
  }

  EventLog log() {
    return log;
  }

  /** From here on its client may show its secret. */
  void add(Socket socket) {
    bySecret.put(socket.secret(), socket);
  }

  void remove(Socket socket) {
    bySecret.remove(socket.secret());
  }

  List<Socket> interrupted() {
    return bySecret.values().stream().filter(Socket::isInterrupted).toList();
  }

  /** Whether a client that connects is a socket that is known, and goes on as that. */
  boolean comesBack(ClientSession session, RawJson auth) {
    if (session.isOld()) {
      return false;
    }
    RecoveryRequest request = RecoveryRequest.of(auth);
    Socket known = request.pid().map(bySecret::get).orElse(null);
    if (known == null || !namespace.handler().mayClaim(known, session.address())) {
      return false;
    }
    if (known.isConnected()) {
      takeOver(known);
    }
    long from = Math.max(known.start(), request.offset().flatMap(log::number).orElse(known.start()));
    Optional<List<EventLog.Entry>> missed = wanted(known, from);
    missed.ifPresentOrElse(entries -> namespace.resume(known, session, entries), () -> known.over(DisconnectReason.TRANSPORT_CLOSE).run());
    return missed.isPresent();
  }

  /** Its session is not known to have ended. */
  private void takeOver(Socket socket) {
    ClientSession before = socket.session();
    before.remove(namespace.name());
    socket.interrupt(DisconnectReason.TRANSPORT_CLOSE);
    before.closeIfEmpty();
  }

  /** What the socket missed, if it may come back. The handler may end it while it is told or asked, and may send events, for which the log forgets others. */
  private Optional<List<EventLog.Entry>> wanted(Socket socket, long from) {
    Optional<List<EventLog.Entry>> missed = missed(socket, from);
    long to = log.last();
    if (missed.isEmpty() || !namespace.handler().mayResume(socket) || !socket.isInterrupted()) {
      return Optional.empty();
    }
    List<EventLog.Entry> all = new ArrayList<>(missed.get());
    all.addAll(log.missed(socket, to));
    return Optional.of(all);
  }

  /** What a socket missed; empty if that is not all there, or too much to be sent at once. */
  private Optional<List<EventLog.Entry>> missed(Socket socket, long from) {
    if (!socket.isInterrupted() || !log.reaches(from, socket)) {
      return Optional.empty();
    }
    List<EventLog.Entry> missed = log.missed(socket, from);
    return missed.stream().mapToLong(entry -> entry.packet().length()).sum() <= maxMissedBytes ? Optional.of(missed) : Optional.empty();
  }
}
