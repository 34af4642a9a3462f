package dev.roost.echo;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Frame;
import dev.roost.transport.Handshake;
import dev.roost.transport.Protocol;
import dev.roost.transport.Receiver;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Sends every message back, as it came. */
public final class EchoProtocol implements Protocol {
  /** What the largest cases of public test suites send. */
  private static final int MAX_MESSAGE_BYTES = 16 << 20;
  private static final SocketLimits LIMITS =
      new SocketLimits(MAX_MESSAGE_BYTES, 4 * MAX_MESSAGE_BYTES, SocketLimits.STUCK_AFTER, Duration.ofSeconds(30), Duration.ZERO);

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public Handshake handshake(Upgrade request) {
    return Handshake.accept(request, new Echo(), LIMITS);
  }

  /** There is nothing to say: the transport closes what is open. */
  @Override
  public CompletionStage<Void> drain() {
    return CompletableFuture.completedStage(null);
  }

  private static final class Echo implements Receiver {
    private Connection connection;

    @Override
    public void opened(Connection opened) {
      connection = opened;
    }

    @Override
    public void text(byte[] payload) {
      connection.send(Frame.text(payload, 0, payload.length));
    }

    @Override
    public void binary(byte[] payload) {
      connection.send(Frame.binary(payload, 0, payload.length));
    }

    @Override
    public void closed(CloseReason reason) {}
  }
}
