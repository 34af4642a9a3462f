package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, from its handshake to its end: what its packets mean, its heartbeat and its upgrade. On the loop of the server.
 *
 * <p>There are ten thousands of them that do nothing, so it holds one timer and nothing that could be made when it is needed.
 */
final class EngineSession implements EngineSocket {
  private static final Logger log = LoggerFactory.getLogger(EngineSession.class);
  /** By how much a ping may be late without more time for its answer. */
  private static final Duration LATENESS = Duration.ofMillis(10);

  private final EngineServer server;
  private final String id;
  private final String address;
  private final int protocol;
  private EngineListener listener;
  /** Also read, as a hint, where upgrade requests arrive. */
  private volatile Connection connection;
  /** The WebSocket that carries it; null while it polls. */
  private EngineReceiver socket;
  /** Null unless an upgrade is under way. */
  private UpgradeAttempt attempt;
  /** The heartbeat. */
  private Loop.Cancellable timer = Loop.Cancellable.NONE;
  /** When silence is too long, in the loop's nanoseconds. */
  private long deadline;
  private boolean awaitsPong;
  private boolean confirmed;
  /** Why it is over; null while it is open. */
  private EngineClose end;

  EngineSession(EngineServer server, String id, int protocol, String address) {
    this.server = server;
    this.id = id;
    this.protocol = protocol;
    this.address = address;
  }

  /** Begins to poll. */
  void open(PollingConnection polling) {
    connection = polling;
    start();
  }

  /** Begins on a WebSocket. */
  void open(EngineReceiver receiver) {
    socket = receiver;
    connection = framed(receiver.connection());
    connection.send(openPacket());
    start();
  }

  private void start() {
    beat();
    guarded(() -> listener = server.accept(this));
  }

  Frame openPacket() {
    return server.openPacket(id, isPolling());
  }

  private Connection framed(Connection webSocket) {
    return protocol == 3 ? new Protocol3Connection(webSocket) : webSocket;
  }

  boolean isPolling() {
    return connection instanceof PollingConnection;
  }

  boolean isOpen() {
    return end == null;
  }

  boolean isUpgrading() {
    return attempt != null;
  }

  /** Whether its client knows of the way to another connection. */
  boolean isProbed() {
    return isUpgrading() && attempt.isProbed();
  }

  /** Whether its client broke a rule. */
  boolean isFaulty() {
    return end == EngineClose.PARSE_ERROR || end == EngineClose.TRANSPORT_ERROR;
  }

  // ---- EngineSocket

  @Override
  public String id() {
    return id;
  }

  @Override
  public int protocol() {
    return protocol;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public void confirm() {
    if (!confirmed) {
      confirmed = true;
      server.noLongerPending(address);
    }
  }

  @Override
  public void unconfirm() {
    if (confirmed && end == null) {
      confirmed = false;
      server.pending(address);
    }
  }

  boolean isConfirmed() {
    return confirmed;
  }

  @Override
  public void close(EngineClose reason) {
    end(reason, false);
  }

  // ---- Heartbeat

  /** With protocol 4 the server asks, with protocol 3 the client does. */
  private void beat() {
    postpone();
    timer = protocol == 3 ? untilDeadline() : server.loop().after(server.options().pingInterval(), this::ping);
  }

  /** Silence is too long when it lasts from now on through the next ping and the time for its answer. */
  private void postpone() {
    deadline = server.loop().nanos() + server.options().pingInterval().plus(server.options().pingTimeout()).toNanos();
  }

  private void ping() {
    awaitsPong = true;
    // Not simply a time after this moment, which is always a little late; but a client that is asked far too late has its time, too.
    deadline = Math.max(deadline, server.loop().nanos() + server.options().pingTimeout().minus(LATENESS).toNanos());
    timer = untilDeadline();
    connection.send(EnginePacket.PING_FRAME);
  }

  private Loop.Cancellable untilDeadline() {
    return server.loop().after(Duration.ofNanos(Math.max(0, deadline - server.loop().nanos())), this::endOrWait);
  }

  /** The client may have been heard since the timer was set. */
  private void endOrWait() {
    endIfSilent();
    if (end == null) {
      timer = untilDeadline();
    }
  }

  /** Ends the session if its client has been silent for too long; the timer may come later than a request. Who was not asked yet could not answer. */
  void endIfSilent() {
    if ((awaitsPong || protocol == 3) && server.loop().nanos() - deadline >= 0) {
      close(EngineClose.PING_TIMEOUT);
    }
  }

  private void pong() {
    if (awaitsPong) {
      awaitsPong = false;
      timer.cancel();
      beat();
    }
  }

  // ---- Polling

  /** A GET. */
  void poll(Poll poll) {
    if (connection instanceof PollingConnection polling) {
      polling.poll(poll);
    } else {
      poll.refuse(EngineFault.BAD_REQUEST);
    }
  }

  /** A POST; the fault if it had one. */
  Optional<EngineFault> post(byte[] body, boolean isBinary) {
    if (end != null) {
      return Optional.of(EngineFault.UNKNOWN_SESSION);
    }
    return connection instanceof PollingConnection polling ? polling.post(body, isBinary) : Optional.of(EngineFault.BAD_REQUEST);
  }

  /** The client of a GET has gone; if it had an answer on its way, that is lost. */
  void abandoned(Poll poll) {
    if (isPolling() || poll.carriesMessages()) {
      close(EngineClose.TRANSPORT_CLOSE);
    }
  }

  /** Somebody who knows only the connection ends it. */
  void closedBy(PollingConnection polling) {
    if (connection == polling) {
      close(EngineClose.FORCED);
    }
  }

  // ---- Packets

  /** A packet as text; whether more may come. */
  boolean received(byte[] bytes, int from, int to) {
    heard();
    switch (bytes[from]) {
      case EnginePacket.MESSAGE -> text(bytes, from + 1, to);
      case EnginePacket.PONG -> pong();
      case EnginePacket.PING -> pinged(bytes, from, to);
      case EnginePacket.CLOSE -> end(EngineClose.TRANSPORT_CLOSE, true);
      // Of no use here, and of no harm.
      case EnginePacket.OPEN, EnginePacket.UPGRADE, EnginePacket.NOOP -> { }
      default -> close(EngineClose.PARSE_ERROR);
    }
    return end == null;
  }

  private void heard() {
    if (protocol == 3) {
      postpone();
    }
  }

  /** The answer has what the ping had. */
  private void pinged(byte[] bytes, int from, int to) {
    if (protocol == 3) {
      byte[] answer = Arrays.copyOfRange(bytes, from, to);
      answer[0] = EnginePacket.PONG;
      connection.send(Frame.text(answer, 0, answer.length));
    } else {
      close(EngineClose.TRANSPORT_ERROR);
    }
  }

  private void text(byte[] bytes, int from, int to) {
    boolean isLast = to == bytes.length;
    guarded(() -> listener.text(isLast ? bytes : Arrays.copyOfRange(bytes, from, to), isLast ? from : 0));
  }

  /** A binary message; whether more may come. */
  boolean binary(byte[] payload) {
    heard();
    guarded(() -> listener.binary(payload));
    return end == null;
  }

  /** A fault of ours: this client's view can no longer be trusted, so it is sent away to begin anew. */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("What came from session {} could not be handled", connection.id(), e);
      close(EngineClose.TRANSPORT_ERROR);
    }
  }

  // ---- WebSocket

  /** A text message of a WebSocket. */
  void socketText(EngineReceiver from, byte[] payload) {
    if (end != null) {
      return;
    }
    if (from != socket) {
      attemptOf(from).ifPresent(current -> current.text(payload));
    } else if (payload.length == 0) {
      close(EngineClose.PARSE_ERROR);
    } else if (payload[0] == EnginePacket.BASE64) {
      Optional<byte[]> message = protocol == 3 ? Payload3.decodeBase64(payload, 0, payload.length) : Base64Text.decode(payload, 1, payload.length);
      message.ifPresentOrElse(this::binary, () -> close(EngineClose.PARSE_ERROR));
    } else {
      received(payload, 0, payload.length);
    }
  }

  /** A binary message of a WebSocket; with protocol 3 its first byte tells the type. */
  void socketBinary(EngineReceiver from, byte[] payload) {
    if (end != null) {
      return;
    }
    if (from != socket) {
      attemptOf(from).ifPresent(UpgradeAttempt::refuse);
    } else if (protocol == 4) {
      binary(payload);
    } else if (payload.length > 0 && payload[0] == Protocol3Connection.MESSAGE) {
      binary(Arrays.copyOfRange(payload, 1, payload.length));
    } else {
      close(EngineClose.PARSE_ERROR);
    }
  }

  /** A WebSocket is over. */
  void socketClosed(EngineReceiver which, CloseReason reason) {
    if (which == socket) {
      close(CloseCodes.meaningOf(reason));
    } else {
      attemptOf(which).ifPresent(current -> current.giveUp(reason));
    }
  }

  // ---- Upgrade

  /** A WebSocket wants to take over; false if that cannot be. */
  boolean tryUpgrade(EngineReceiver receiver) {
    if (end != null || attempt != null || !(connection instanceof PollingConnection polling)) {
      return false;
    }
    attempt = new UpgradeAttempt(server, this, polling, receiver);
    return true;
  }

  private Optional<UpgradeAttempt> attemptOf(EngineReceiver which) {
    return Optional.ofNullable(attempt).filter(current -> current.isOf(which));
  }

  /** The client has taken the new way. */
  void upgrade(PollingConnection from, EngineReceiver to) {
    attempt = null;
    socket = to;
    connection = framed(to.connection());
    from.moveTo(connection);
    server.upgraded();
    guarded(() -> listener.moved(from, connection));
  }

  /** The client goes on as before. */
  void attemptOver() {
    attempt = null;
  }

  // ---- The end

  /** {@code byPacket}: the client has said so. */
  private void end(EngineClose reason, boolean byPacket) {
    if (end != null) {
      return;
    }
    end = reason;
    timer.cancel();
    confirm();
    server.ended(reason);
    if (attempt != null) {
      attempt.giveUp(CloseCodes.of(reason));
    }
    if (connection instanceof PollingConnection polling) {
      polling.end(reason, byPacket);
    } else {
      forget();
      connection.close(CloseCodes.of(reason));
    }
    server.loop().execute(this::tellListener);
  }

  /** There may be none, if it could not be made. */
  private void tellListener() {
    if (listener != null) {
      listener.closed(end);
    }
  }

  /** Nothing more is to be said. */
  void forget() {
    server.forget(this);
  }
}
