package dev.roost.ptt.auth;

import dev.roost.core.CleanText;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Authentication is off: the token is the user id, and everybody is who they say. */
final class NameAuthenticator implements Authenticator {
  private static final Logger log = LoggerFactory.getLogger(NameAuthenticator.class);

  private NameAuthenticator() {}

  static NameAuthenticator open() {
    log.warn("PTT: authentication is off (USE_AUTHENTICATION=false): whoever connects is who they say they are");
    return new NameAuthenticator();
  }

  @Override
  public Verdict verify(String token, Optional<String> roleHint) {
    if (!CleanText.isId(token, Claims.MAX_ID)) {
      return new Verdict.Refused("it cannot be a user id, and authentication is off");
    }
    return new Verdict.Accepted(new Identity(token, Identity.Role.of(roleHint), Set.of()));
  }

  @Override
  public void close() {}
}
