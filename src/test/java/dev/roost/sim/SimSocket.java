package dev.roost.sim;

import dev.roost.core.CloseReason;
import dev.roost.transport.Handshake;
import dev.roost.transport.Receiver;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One open WebSocket of a protocol, driven as the transport would, in virtual time.
 *
 * @param <S> what a protocol's tests make of it
 */
public abstract class SimSocket<S extends SimSocket<S>> {
  public final Handshake.Accept accept;
  protected final SimLoop loop;
  protected final Receiver receiver;
  protected final SimConnection connection;

  /** Opens it. */
  protected SimSocket(SimLoop loop, Handshake.Accept accept) {
    this.loop = loop;
    this.accept = accept;
    receiver = accept.receiver();
    connection = new SimConnection(loop);
    loop.run(() -> receiver.opened(connection));
  }

  protected abstract S self();

  /** Sends a text message; single quotes stand for double ones. */
  public final S text(String json) {
    return textBytes(Json.quoted(json).getBytes(StandardCharsets.UTF_8));
  }

  public final S textBytes(byte[] payload) {
    loop.run(() -> receiver.text(payload));
    return self();
  }

  public final S binary(byte[] payload) {
    loop.run(() -> receiver.binary(payload));
    return self();
  }

  /** The peer is gone without a word. */
  public final void leave() {
    loop.run(() -> receiver.closed(CloseReason.LOST));
  }

  /** What came since the last look. */
  public final List<Json> take() {
    return connection.take().stream().map(Json::parse).toList();
  }

  public final Optional<CloseReason> closed() {
    return connection.closed();
  }
}
