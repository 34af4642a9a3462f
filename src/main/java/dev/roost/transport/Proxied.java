package dev.roost.transport;

import java.net.InetAddress;

/**
 * Whose connection it is by the word of a proxy in front.
 *
 * @param address the client's; the proxy's own if it named nobody
 * @param isNamed whether it named somebody
 */
record Proxied(InetAddress address, boolean isNamed) {}
