package dev.roost.ptt;

/**
 * What one server publishes for the others.
 *
 * @param nodeId of the server that published it; random, new with every start
 */
record PeerEnvelope(String nodeId, Content content) {

  /** What is in it. */
  sealed interface Content {}

  /** Something about a user or a group. */
  record Said(PeerMessage message) implements Content {}

  /**
   * The server is there; said again and again.
   *
   * @param isQuestion whether it has just begun to listen, so that the others may say the same
   */
  record Hello(boolean isQuestion) implements Content {}

  /** The server stops. */
  record Goodbye() implements Content {}

  /** The server hears of the user from now on, and may have missed the last login: who noted one says so again. */
  record LoginWanted(String userId) implements Content {}
}
