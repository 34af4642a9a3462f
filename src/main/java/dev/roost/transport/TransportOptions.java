package dev.roost.transport;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the transport works.
 *
 * @param io how the kernel is asked
 * @param loops event loops; 0 stands for one for two processors
 * @param handshakeTimeout how long a client may take to send a whole request
 * @param maxConnections WebSockets at the same time; over it 503
 * @param maxConnectionsPerAddress the same from one address, of IPv6 from one /64; 0 for no limit
 * @param rates how many WebSockets there may be in a second; over it 429
 * @param maxBodyBytes the longest request body; over it 413
 * @param proxies whose word about addresses counts
 * @param proxyProtocol whether every connection begins with a header of the PROXY protocol, from one of those
 * @param origins which web pages may connect
 * @param compressFromBytes messages of at least that many bytes are compressed for clients that can do permessage-deflate; empty: no client is told that it could
 * @param tls the certificate, if all ports speak TLS
 */
public record TransportOptions(
    IoKind io,
    int loops,
    Duration handshakeTimeout,
    int maxConnections,
    int maxConnectionsPerAddress,
    HandshakeRates rates,
    int maxBodyBytes,
    TrustedProxies proxies,
    boolean proxyProtocol,
    AllowedOrigins origins,
    OptionalInt compressFromBytes,
    Optional<TlsFiles> tls) {}
