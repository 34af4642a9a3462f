package dev.roost.sim;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client in memory: it takes everything at once and keeps it until the test looks. */
public final class SimConnection implements Connection {
  private final ConnectionId id = ConnectionId.next();
  private final Loop loop;
  private final ArrayDeque<Frame> inbox = new ArrayDeque<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private Optional<CloseReason> closed = Optional.empty();

  public SimConnection(Loop loop) {
    this.loop = loop;
  }

  @Override
  public ConnectionId id() {
    return id;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public void send(Frame frame, Delivery delivery) {
    // A ping is answered by every client by itself.
    if (closed.isEmpty() && !frame.isControl()) {
      inbox.add(frame);
      deliveries.add(delivery);
    }
  }

  @Override
  public void close(CloseReason reason) {
    if (closed.isEmpty()) {
      closed = Optional.of(reason);
    }
  }

  /** What came since the last look, as text, oldest first. */
  public List<String> take() {
    return takeFrames().stream().map(Frame::payloadText).toList();
  }

  /** What came since the last look, oldest first. */
  public List<Frame> takeFrames() {
    List<Frame> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** The delivery class of each frame that ever came. */
  public List<Delivery> deliveries() {
    return deliveries;
  }

  /** Why the server closed this connection, if it did. */
  public Optional<CloseReason> closed() {
    return closed;
  }
}
