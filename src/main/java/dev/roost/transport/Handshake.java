package dev.roost.transport;

import dev.roost.core.CloseReason;
import java.util.Optional;

/** A protocol's answer to an upgrade request. */
public sealed interface Handshake {

  /**
   * Take it.
   *
   * @param receiver the protocol's side of the new connection
   * @param limits the bounds of the new connection
   * @param subprotocol what goes into {@code Sec-WebSocket-Protocol}
   */
  record Accept(Receiver receiver, SocketLimits limits, Optional<String> subprotocol) implements Handshake {}

  /**
   * Refuse it with a plain HTTP answer.
   *
   * @param reason how it is counted
   * @param response what the client gets
   */
  record Refuse(Refusal reason, HttpResponse response) implements Handshake {}

  /**
   * Take it only to close it: browsers show close codes, but no HTTP status. It counts as refused and never as a connection.
   *
   * @param reason what the client gets
   * @param subprotocol as in {@link Accept}
   */
  record CloseAtOnce(CloseReason reason, Optional<String> subprotocol) implements Handshake {}

  /** Closes the request with this reason as soon as it is upgraded. */
  static CloseAtOnce closeAtOnce(Upgrade request, CloseReason reason) {
    return new CloseAtOnce(reason, request.subprotocols().stream().findFirst());
  }

  /** Takes the request with the first subprotocol offered, as the originals did: some browsers fail a connection otherwise. */
  static Accept accept(Upgrade request, Receiver receiver, SocketLimits limits) {
    return new Accept(receiver, limits, request.subprotocols().stream().findFirst());
  }
}
