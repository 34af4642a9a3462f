package dev.roost.socketio;

import dev.roost.transport.AllowedOrigins;
import java.time.Duration;

/**
 * How an Engine.IO server behaves.
 *
 * @param pingInterval how often a client is pinged; with protocol 3 how often it has to ping
 * @param pingTimeout how long its answer may take
 * @param upgradeTimeout how long an upgrade may take from the new connection on
 * @param maxPayload bytes of one message and of one request of polling; a longer one ends the session
 * @param maxQueueBytes what may wait for one client
 * @param allowsProtocol3 whether clients of Engine.IO 3 are taken, too
 * @param cors whose pages may read the answers of polling
 * @param origins which pages may open sessions at all
 * @param maxSessions sessions at the same time; over it 503
 * @param maxPendingPerAddress sessions of one address, of IPv6 one network, that are not confirmed; over it 429
 * @param maxSessionsPerAddress all sessions of one address, likewise; 0: not counted
 */
public record EngineOptions(Duration pingInterval, Duration pingTimeout, Duration upgradeTimeout, int maxPayload, int maxQueueBytes, boolean allowsProtocol3, Cors cors, AllowedOrigins origins,
    int maxSessions, int maxPendingPerAddress, int maxSessionsPerAddress) {

  /** Without a bound on all sessions of an address. */
  public EngineOptions(Duration pingInterval, Duration pingTimeout, Duration upgradeTimeout, int maxPayload, int maxQueueBytes, boolean allowsProtocol3, Cors cors, AllowedOrigins origins,
      int maxSessions, int maxPendingPerAddress) {
    this(pingInterval, pingTimeout, upgradeTimeout, maxPayload, maxQueueBytes, allowsProtocol3, cors, origins, maxSessions, maxPendingPerAddress, 0);
  }

  /**
   * Cross-origin resource sharing (Fetch Standard, 3.2).
   *
   * @param origin the origin whose pages may read answers, or {@code *}
   * @param credentials whether with cookies
   */
  public record Cors(String origin, boolean credentials) {}
}
