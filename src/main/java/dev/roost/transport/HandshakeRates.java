package dev.roost.transport;

/**
 * How many WebSockets there may be in a second; twice as many at once.
 *
 * @param perSecond let in, of everybody together; 0 for no limit
 * @param perAddress asked for by one address; 0 for no limit
 * @param dryRun only counts who would be refused
 */
public record HandshakeRates(int perSecond, int perAddress, boolean dryRun) {
  public static final HandshakeRates UNLIMITED = new HandshakeRates(0, 0, false);
}
