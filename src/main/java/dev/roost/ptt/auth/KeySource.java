package dev.roost.ptt.auth;

import java.util.List;

/** Where keys come from; they may change while the server runs. Any thread, never blocks. */
interface KeySource {

  /**
   * The keys that may have signed a token, at the moment.
   *
   * @param keyId the {@code kid} of the token, empty if it has none
   */
  List<VerificationKey> fitting(Algorithm algorithm, String keyId);

  /** Stops looking for others. */
  default void close() {}
}
