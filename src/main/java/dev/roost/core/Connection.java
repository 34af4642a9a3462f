package dev.roost.core;

/**
 * The handle of one client, all that a state machine knows of it. The socket behind it may belong to another loop or,
 * later, to another node.
 *
 * <p>Guarantees: {@link #send} and {@link #close} never block and may be called from any thread. Frames that one caller
 * thread sends arrive in the order of the calls, as far as their {@link Delivery} keeps them. After {@link #close} nothing is sent any more.
 */
public interface Connection {

  ConnectionId id();

  /** The loop of the socket. {@link Audience} uses it to hand over once a loop instead of once a member. */
  Loop loop();

  /** Queues a frame for this client. A frame for a connection that is closed is dropped without a word. */
  void send(Frame frame, Delivery delivery);

  /**
   * Sends what is queued, then a close frame with this reason, and ends the connection at the latest 5 s later, whether the peer answers or
   * not. Only the first call counts.
   */
  void close(CloseReason reason);

  /** Queues a frame that must arrive: {@link Delivery#RELIABLE}. */
  default void send(Frame frame) {
    send(frame, Delivery.RELIABLE);
  }
}
