package dev.roost.transport;

import dev.roost.core.Secrets;
import java.util.Optional;

/**
 * Who may do what is not for clients.
 *
 * @param token what operators show as {@code Authorization: Bearer}; empty: then it is whoever sits at this machine
 */
public record Operators(String token) {

  /** What a request gets that is not an operator's; empty if it is one. */
  public Optional<HttpResponse> refusal(HttpRequest request) {
    if (token.isEmpty()) {
      return request.client().isThisMachine() ? Optional.empty() : Optional.of(HttpResponse.text(403, "Forbidden: without ADMIN_TOKEN this is only for the machine that the server runs on, by the name localhost"));
    }
    boolean isOperator = request.bearerToken().filter(given -> Secrets.equal(given, token)).isPresent();
    return isOperator ? Optional.empty() : Optional.of(HttpResponse.text(401, "Unauthorized: the admin token, as Authorization: Bearer").with("WWW-Authenticate", "Bearer"));
  }
}
