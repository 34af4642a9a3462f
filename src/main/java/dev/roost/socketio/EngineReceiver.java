package dev.roost.socketio;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.RateLimit;
import dev.roost.transport.Receiver;
import java.util.Optional;

/** A WebSocket of a client. It is read on the loop of the socket, what came is worked on on the loop of the server: at once where that is the same. */
final class EngineReceiver implements Receiver {
  private final EngineServer server;
  private Connection connection;
  /** Made with the first message. On the loop of the socket. */
  private RateLimit rate;
  /** What it came for; null when that is decided. On the loop of the server, as the next. */
  private Purpose purpose;
  /** The session that it carries or may carry; null if it was refused. */
  private EngineSession session;

  /**
   * What a WebSocket is opened for.
   *
   * @param protocol the version that a new session would have
   * @param address where the client is
   * @param sessionId the session that it wants to take over; empty if it wants a new one
   */
  record Purpose(int protocol, String address, Optional<String> sessionId) {}

  EngineReceiver(EngineServer server, Purpose purpose) {
    this.server = server;
    this.purpose = purpose;
  }

  Connection connection() {
    return connection;
  }

  @Override
  public void opened(Connection opened) {
    connection = opened;
    server.onLoop(this::begin);
  }

  private void begin() {
    Purpose mine = purpose;
    purpose = null;
    if (mine.sessionId().isEmpty()) {
      session = server.open(this, mine).orElse(null);
    } else {
      Optional<EngineSession> found = server.find(mine.sessionId().get());
      if (found.isPresent() && found.get().tryUpgrade(this)) {
        session = found.get();
      } else {
        connection.close(CloseReason.policy(EngineFault.BAD_REQUEST.text()));
      }
    }
  }

  @Override
  public void text(byte[] payload) {
    if (isWithinRate()) {
      hand(payload.length, () -> {
        if (session != null) {
          session.socketText(this, payload);
        }
      });
    }
  }

  @Override
  public void binary(byte[] payload) {
    if (isWithinRate()) {
      hand(payload.length, () -> {
        if (session != null) {
          session.socketBinary(this, payload);
        }
      });
    }
  }

  private boolean isWithinRate() {
    long now = connection.loop().nanos();
    if (rate == null) {
      rate = PacketRate.from(now);
    }
    if (rate.check(now) == RateLimit.Verdict.ADMIT) {
      return true;
    }
    connection.close(CloseReason.policy("Too many packets"));
    return false;
  }

  private void hand(int length, Runnable work) {
    if (server.loop().inLoop()) {
      work.run();
    } else if (server.inFlight().admit(length)) {
      server.loop().execute(() -> {
        server.inFlight().done(length);
        work.run();
      });
    } else {
      // A message left out would be a hole in what the client believes to be a stream.
      connection.close(CloseReason.tryAgainLater(EngineFault.BUSY.text()));
    }
  }

  @Override
  public void closed(CloseReason reason) {
    server.onLoop(() -> {
      if (session != null) {
        session.socketClosed(this, reason);
      }
    });
  }
}
