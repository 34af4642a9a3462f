package dev.roost.transport;

import java.util.List;

/**
 * A valid request to upgrade to WebSocket, before anyone decided about it.
 *
 * @param request the HTTP request
 * @param subprotocols what the client offers, in its order
 */
public record Upgrade(HttpRequest request, List<String> subprotocols) {

  public String path() {
    return request.path();
  }
}
