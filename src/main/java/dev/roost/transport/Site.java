package dev.roost.transport;

/** What is served on one listening port. Called on the loop of the socket; must not block. */
public interface Site extends HttpHandler {

  /** Decides about an upgrade request. */
  Handshake upgrade(Upgrade request);

  /** What a request with a longer body than {@code maxBytes} gets; its body was not kept. */
  default HttpResponse tooLarge(String path, int maxBytes) {
    return HttpResponse.text(413, "Content Too Large: at most " + maxBytes + " bytes");
  }
}
