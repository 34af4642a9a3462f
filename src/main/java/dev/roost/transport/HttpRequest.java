package dev.roost.transport;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A whole HTTP request.
 *
 * @param method in upper case
 * @param path decoded, without the query
 * @param query decoded parameters; a repeated one has several values
 * @param headers by name in lower case
 * @param body at most the server's bound
 * @param client who sent it
 * @param abandonment whether the client still waits for the answer
 */
public record HttpRequest(
    String method, String path, Map<String, List<String>> query, Map<String, List<String>> headers, byte[] body, Client client, Abandonment abandonment) {
  private static final String BEARER = "Bearer ";

  /** A request whose client waits. */
  public HttpRequest(String method, String path, Map<String, List<String>> query, Map<String, List<String>> headers, byte[] body, Client client) {
    this(method, path, query, headers, body, client, new Abandonment());
  }

  /**
   * Who sent a request.
   *
   * @param address the address in canonical form, taken from a trusted proxy's word if there is one
   * @param isThisMachine whether it came from this machine itself, and by a name that only this machine has for itself: not through a proxy or a tunnel, and not from a web page of elsewhere
   */
  public record Client(String address, boolean isThisMachine) {}

  /** The first value of a query parameter. */
  public Optional<String> parameter(String name) {
    return first(query.get(name));
  }

  /** The first value of a header. */
  public Optional<String> header(String name) {
    return first(headers.get(name.toLowerCase(Locale.ROOT)));
  }

  /** The token of {@code Authorization: Bearer} (RFC 6750, section 2.1). */
  public Optional<String> bearerToken() {
    return header("Authorization").filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length())).map(value -> value.substring(BEARER.length()).strip());
  }

  private static Optional<String> first(List<String> values) {
    return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }
}
