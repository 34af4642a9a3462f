package dev.roost.ptt.auth;

import dev.roost.core.Loop;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import java.util.List;
import java.util.Optional;

/** Says who somebody is by the token that came with the upgrade (contract, section 1.2). */
public interface Authenticator extends AutoCloseable {

  /**
   * Checks a token. Any thread; never blocks and never asks anybody. With a secret it costs 4 µs; with a public key the algorithm decides: RS256 and PS256 0.1 ms, EdDSA and ES256 0.7 ms, ES384 2 ms, ES512
   * 5 ms (measured on a busy machine).
   *
   * @param token as it came; anything
   * @param roleHint the role of a header or the query, which counts only where authentication is off
   */
  Verdict verify(String token, Optional<String> roleHint);

  /** Stops looking for new keys. */
  @Override
  void close();

  /** What a token is worth. */
  sealed interface Verdict {

    /** It is good. */
    record Accepted(Identity identity) implements Verdict {}

    /** Its signature is good and its time is right, but it names no user, or none that can be one: the contract lets it in, and closes with 4401. */
    record Nameless() implements Verdict {}

    /**
     * It is not good: 401.
     *
     * @param why for the log; holds nothing of the token
     */
    record Refused(String why) implements Verdict {}
  }

  /** The declarations of all settings. */
  static List<Setting<?>> settings() {
    return TokenSettings.ALL;
  }

  /** Whether there is a key, or authentication is off by an explicit word; without either the protocol cannot be made. */
  static boolean isConfigured(Settings settings) {
    return TokenSettings.isConfigured(settings);
  }

  /** Whether tokens are checked at all. */
  static boolean isOn(Settings settings) {
    return TokenSettings.isOn(settings);
  }

  /**
   * Begins to check tokens. Keys of an address are fetched in the background, so tokens that need them are refused until they are here.
   *
   * @param loop keeps the time
   * @throws dev.roost.core.SettingException if a setting is wrong, two contradict each other, or a file of keys cannot be used
   */
  static Authenticator open(Settings settings, Loop loop) {
    return TokenSettings.from(settings).<Authenticator>map(tokens -> TokenAuthenticator.open(tokens, loop)).orElseGet(NameAuthenticator::open);
  }

  /** Throws what {@link #open} would throw, and begins nothing; reads the file of keys, but asks no address. */
  static void check(Settings settings) {
    TokenSettings.from(settings);
  }
}
