package dev.roost.transport;

/** Why a handshake failed, as it is counted in {@code roost_handshake_failures_total}. */
public enum Refusal {
  /** Not HTTP, or not a valid upgrade request. */
  BAD_REQUEST,
  /** Not a version of WebSocket that is spoken here. */
  VERSION,
  /** A connection without a right header of the PROXY protocol, or from a proxy that is not trusted, where that is spoken. */
  PROXY,
  /** A TLS handshake that failed, or no TLS where it is spoken. */
  TLS,
  /** Too slow, or silent. */
  TIMEOUT,
  ORIGIN,
  /** Too many connections in total, or the server is stopping. */
  CAPACITY,
  /** Too many connections from one address. */
  ADDRESS_CAPACITY,
  /** Too many requests in a second. */
  RATE,
  /** The same, where it is only counted: nobody was refused. */
  RATE_DRY_RUN,
  /** No protocol is on at this path. */
  NO_PROTOCOL,
  /** The protocol wants proof that was not there. */
  UNAUTHORIZED
}
