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

  /**
   * Those of the reference implementation where it has any: a ping every 25 s and 20 s for its answer, 10 s for an upgrade, messages of 1,000,000 bytes, protocol 4 alone. Besides, 4 MiB
   * may wait for a client, there are 10,000 sessions at the same time and 100 of an address that are not confirmed, and every page may open sessions and read answers, but not with cookies.
   */
  public static final EngineOptions DEFAULTS = new EngineOptions(Duration.ofSeconds(25), Duration.ofSeconds(20), Duration.ofSeconds(10), 1_000_000, 4 << 20, false, new Cors("*", false),
      AllowedOrigins.ALL, 10_000, 100, 0);

  /** Without a bound on all sessions of an address. */
  public EngineOptions(Duration pingInterval, Duration pingTimeout, Duration upgradeTimeout, int maxPayload, int maxQueueBytes, boolean allowsProtocol3, Cors cors, AllowedOrigins origins,
      int maxSessions, int maxPendingPerAddress) {
    this(pingInterval, pingTimeout, upgradeTimeout, maxPayload, maxQueueBytes, allowsProtocol3, cors, origins, maxSessions, maxPendingPerAddress, 0);
  }

  /** The same with other times of the heartbeat. */
  public EngineOptions withPings(Duration interval, Duration timeout) {
    return new EngineOptions(interval, timeout, upgradeTimeout, maxPayload, maxQueueBytes, allowsProtocol3, cors, origins, maxSessions, maxPendingPerAddress, maxSessionsPerAddress);
  }

  /** The same with other bounds, in bytes, of one message and of what waits for one client. */
  public EngineOptions withBytes(int ofMessage, int ofQueue) {
    return new EngineOptions(pingInterval, pingTimeout, upgradeTimeout, ofMessage, ofQueue, allowsProtocol3, cors, origins, maxSessions, maxPendingPerAddress, maxSessionsPerAddress);
  }

  /** The same for other pages. */
  public EngineOptions withPages(Cors readers, AllowedOrigins openers) {
    return new EngineOptions(pingInterval, pingTimeout, upgradeTimeout, maxPayload, maxQueueBytes, allowsProtocol3, readers, openers, maxSessions, maxPendingPerAddress, maxSessionsPerAddress);
  }

  /** The same with other bounds on sessions. */
  public EngineOptions withSessions(int most, int pendingPerAddress, int perAddress) {
    return new EngineOptions(pingInterval, pingTimeout, upgradeTimeout, maxPayload, maxQueueBytes, allowsProtocol3, cors, origins, most, pendingPerAddress, perAddress);
  }

  /** The same, and clients of Engine.IO 3 are taken, too. */
  public EngineOptions withProtocol3() {
    return new EngineOptions(pingInterval, pingTimeout, upgradeTimeout, maxPayload, maxQueueBytes, true, cors, origins, maxSessions, maxPendingPerAddress, maxSessionsPerAddress);
  }

  /**
   * Cross-origin resource sharing (Fetch Standard, 3.2).
   *
   * @param origin the origin whose pages may read answers, or {@code *}
   * @param credentials whether with cookies
   */
  public record Cors(String origin, boolean credentials) {}
}
