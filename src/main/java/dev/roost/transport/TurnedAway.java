package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import java.time.Duration;

/** The receiver of a connection that is closed as soon as it is open; see {@link Handshake.CloseAtOnce}. */
record TurnedAway(CloseReason why) implements Receiver {
  private static final SocketLimits LIMITS = new SocketLimits(1_024, 1_024, SocketLimits.STUCK_AFTER, Duration.ofSeconds(30), Duration.ZERO);

  static Handshake.Accept handshake(Handshake.CloseAtOnce declined) {
    return new Handshake.Accept(new TurnedAway(declined.reason()), LIMITS, declined.subprotocol());
  }

  @Override
  public void opened(Connection connection) {
    connection.close(why);
  }

  @Override
  public void text(byte[] payload) {}

  @Override
  public void binary(byte[] payload) {}

  @Override
  public void closed(CloseReason reason) {}
}
