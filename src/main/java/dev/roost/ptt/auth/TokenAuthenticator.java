package dev.roost.ptt.auth;

import dev.roost.core.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks signed tokens (RFC 7515, RFC 7519) by the keys that there are, with the rules of RFC 8725. */
final class TokenAuthenticator implements Authenticator {
  /** Checking a signature by a public key costs the loop 0.1 ms and more: a token that does not name its key is tried with so many, which is enough for a change of keys. */
  static final int MAX_TRIED_KEYS = 4;

  private static final Logger log = LoggerFactory.getLogger(TokenAuthenticator.class);

  private final Set<Algorithm> algorithms;
  private final List<KeySource> sources;
  private final Loop loop;

  private TokenAuthenticator(Set<Algorithm> algorithms, List<KeySource> sources, Loop loop) {
    this.algorithms = algorithms;
    this.sources = List.copyOf(sources);
    this.loop = loop;
  }

  static TokenAuthenticator open(TokenSettings settings, Loop loop) {
    List<KeySource> sources = new ArrayList<>();
    settings.secret().ifPresent(secret -> {
      SharedSecret.warnIfShort(secret, settings.algorithms());
      sources.add(SharedSecret.of(secret, settings.algorithms()));
    });
    settings.keyFile().ifPresent(file -> {
      file.watch(loop);
      sources.add(file);
    });
    settings.keyServer().ifPresent(server -> sources.add(KeyServer.open(server, settings.algorithms(), loop)));
    log.info("PTT: tokens are checked by {}", settings);
    return new TokenAuthenticator(settings.algorithms(), sources, loop);
  }

  @Override
  public Verdict verify(String token, Optional<String> roleHint) {
    try {
      CompactToken parsed = CompactToken.parse(token);
      if (!algorithms.contains(parsed.algorithm())) {
        throw new RefusedException("its algorithm is not among JWT_ALGORITHMS");
      }
      checkSignature(parsed);
      return Claims.identity(parsed.payload(), loop.now()).<Verdict>map(Verdict.Accepted::new).orElseGet(Verdict.Nameless::new);
    } catch (RefusedException e) {
      return new Verdict.Refused(e.getMessage());
    }
  }

  @Override
  public void close() {
    sources.forEach(KeySource::close);
  }

  /** Whether keys of an address are on their way. */
  boolean isFetching() {
    return sources.stream().anyMatch(source -> source instanceof KeyServer server && server.isFetching());
  }

  private void checkSignature(CompactToken token) throws RefusedException {
    int tried = 0;
    for (KeySource source : sources) {
      for (VerificationKey key : source.fitting(token.algorithm(), token.keyId())) {
        if (tried++ == MAX_TRIED_KEYS) {
          throw new RefusedException("more than " + MAX_TRIED_KEYS + " keys could have signed it, and its header names none");
        }
        if (key.hasSigned(token)) {
          return;
        }
      }
    }
    throw new RefusedException(tried == 0 ? "the server has no key that could have signed it" : "no key of the server has signed it");
  }
}
