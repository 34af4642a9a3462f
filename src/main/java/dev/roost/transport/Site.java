package dev.roost.transport;

/** What is served on one listening port. Called on the loop of the socket; must not block. */
public interface Site extends HttpHandler {

  /** Decides about an upgrade request. */
  Handshake upgrade(Upgrade request);
}
