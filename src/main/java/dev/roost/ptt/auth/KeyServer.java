package dev.roost.ptt.auth;

import dev.roost.core.Loop;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys that an address gives out (JWK Set, RFC 7517). They are fetched at the start, then again and again, and besides that when a token names a key that is not among them, at most every 30 s; a fetch that
 * fails is tried again every 30 s (or as often as they are fetched anyway, if that is more often). Until then the keys stay as they were, for {@link #MAX_AGE} at most.
 */
final class KeyServer implements KeySource {
  /** An outage of who signs tokens must not lock out who has one; but a key that was taken back while nobody could ask must come to its end, too. */
  static final Duration MAX_AGE = Duration.ofHours(24);
  static final Duration RETRY = Duration.ofSeconds(30);
  /** Keys are some 400 bytes each. */
  static final int MAX_BYTES = 256 << 10;

  private static final Logger log = LoggerFactory.getLogger(KeyServer.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Options options;
  private final Set<Algorithm> algorithms;
  private final Loop loop;
  private final Duration timeout;
  private final HttpClient client;
  private final Loop.Cancellable timer;
  private final Duration tick;
  private final AtomicBoolean fetching = new AtomicBoolean();
  private final AtomicLong askedForUnknown;
  private volatile KeyRing current = KeyRing.EMPTY;
  private volatile boolean fresh;
  private volatile long fetchedAt;
  private volatile boolean closed;
  private volatile String lastFault = "";

  /**
   * Where keys are fetched.
   *
   * @param refresh how often
   */
  record Options(URI url, Duration refresh) {
    private static final String EXPECTED = "an address such as https://id.example.org/jwks.json (http only for localhost)";
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");

    /** Throws IllegalArgumentException that says what the text must be; over plain HTTP anybody on the way could put in keys of theirs. */
    static Options of(String text, Duration refresh) {
      try {
        URI url = new URI(text);
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        String host = url.getHost() == null ? "" : url.getHost().toLowerCase(Locale.ROOT);
        boolean safe = scheme.equals("https") || scheme.equals("http") && LOOPBACK.matcher(host).matches();
        if (safe && !host.isEmpty() && url.getUserInfo() == null) {
          return new Options(url, refresh);
        }
      } catch (URISyntaxException e) {
        // Said below.
      }
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  private KeyServer(Options options, Collection<Algorithm> algorithms, Loop loop, Duration timeout) {
    this.options = options;
    this.algorithms = Set.copyOf(algorithms);
    this.loop = loop;
    this.timeout = timeout;
    // No redirects: the address in the settings is the one that is trusted, and the next one could be plain HTTP.
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).connectTimeout(timeout).build();
    fetchedAt = loop.nanos();
    askedForUnknown = new AtomicLong(loop.nanos() - RETRY.toNanos());
    // A whole number of ticks is one refresh.
    tick = options.refresh.dividedBy(Math.max(1, options.refresh.plus(RETRY).minusNanos(1).dividedBy(RETRY)));
    timer = loop.every(tick, this::tick);
    fetchSoon();
  }

  /** Begins to fetch; does not wait for it. */
  static KeyServer open(Options options, Collection<Algorithm> algorithms, Loop loop) {
    return open(options, algorithms, loop, TIMEOUT);
  }

  /** @param timeout how long a fetch may take */
  static KeyServer open(Options options, Collection<Algorithm> algorithms, Loop loop, Duration timeout) {
    return new KeyServer(options, algorithms, loop, timeout);
  }

  @Override
  public List<VerificationKey> fitting(Algorithm algorithm, String keyId) {
    KeyRing keys = current;
    if (!algorithm.isSymmetric() && !keyId.isEmpty() && !keys.knows(keyId)) {
      fetchForUnknown();
    }
    return keys.fitting(algorithm, keyId);
  }

  @Override
  public void close() {
    closed = true;
    timer.cancel();
    client.shutdownNow();
  }

  /** Whether keys are on their way. */
  boolean isFetching() {
    return fetching.get();
  }

  private void tick() {
    long age = loop.nanos() - fetchedAt;
    if (!current.isEmpty() && age > MAX_AGE.toNanos()) {
      current = KeyRing.EMPTY;
      log.error("PTT: no token can be checked by the public keys of {} any more: they could not be fetched for {} hours", options.url, MAX_AGE.toHours());
    }
    // Half a tick, because a timer is not exact.
    if (!fresh || age + tick.toNanos() / 2 >= options.refresh.toNanos()) {
      fetchSoon();
    }
  }

  /** Somebody who makes up names of keys can cause one fetch each 30 s, not one for each token. */
  private void fetchForUnknown() {
    long now = loop.nanos();
    long last = askedForUnknown.get();
    if (!fetching.get() && now - last >= RETRY.toNanos() && askedForUnknown.compareAndSet(last, now)) {
      fetchSoon();
    }
  }

  private void fetchSoon() {
    if (!closed && fetching.compareAndSet(false, true)) {
      long now = loop.nanos();
      Thread.startVirtualThread(() -> fetch(now));
    }
  }

  private void fetch(long now) {
    try {
      KeyRing fetched = new KeyRing(KeySet.read(download(), algorithms));
      if (fetched.isEmpty()) {
        throw new IOException("none of its keys is for " + algorithms);
      }
      current = fetched;
      fetchedAt = now;
      fresh = true;
      if (!lastFault.isEmpty()) {
        log.info("PTT: public keys come from {} again", options.url);
      }
      lastFault = "";
    } catch (IOException | TimeoutException | InterruptedException | RuntimeException e) {
      failed(e);
    } finally {
      fetching.set(false);
    }
  }

  private void failed(Exception fault) {
    fresh = false;
    String reason = fault instanceof TimeoutException ? "no answer in " + timeout.toMillis() + " ms" : reason(fault);
    if (!closed && !reason.equals(lastFault)) {
      lastFault = reason;
      log.error("PTT: the public keys for tokens {}: {}: {}", current.isEmpty() ? "could not be fetched, so their tokens are refused" : "stay as they were", options.url, reason);
    }
  }

  /** The client's own timeout ends with the header, so a body that drips in would hold it for ever. */
  private byte[] download() throws IOException, TimeoutException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(options.url).header("Accept", "application/jwk-set+json, application/json").build();
    CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("it answers with status " + response.statusCode());
      }
      return response.body();
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause()));
    } finally {
      answer.cancel(true);
    }
  }

  /** The innermost words, which of a certificate that is not trusted are the only ones for people. */
  private static String reason(Throwable fault) {
    String reason = fault.getClass().getSimpleName();
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      reason = cause.getMessage() == null ? reason : cause.getMessage();
    }
    return reason;
  }
}
