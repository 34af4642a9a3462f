package dev.roost.socketio;

import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Refusal;

/** Why a request is not answered as its client wants; code and text are those of the reference implementation, clients show them. */
enum EngineFault {
  UNKNOWN_TRANSPORT(0, 400, "Transport unknown", Refusal.BAD_REQUEST),
  UNKNOWN_SESSION(1, 400, "Session ID unknown", Refusal.BAD_REQUEST),
  BAD_METHOD(2, 400, "Bad handshake method", Refusal.BAD_REQUEST),
  BAD_REQUEST(3, 400, "Bad request", Refusal.BAD_REQUEST),
  FORBIDDEN(4, 403, "Forbidden", Refusal.ORIGIN),
  UNSUPPORTED_VERSION(5, 400, "Unsupported protocol version", Refusal.VERSION),
  // The reference implementation knows no bounds; these have the code of a request that is refused for itself.
  TOO_LARGE(3, 413, "Payload too large", Refusal.BAD_REQUEST),
  TOO_MANY_PENDING(3, 429, "Too many sessions of your address that nobody uses", Refusal.ADDRESS_CAPACITY),
  TOO_MANY_SESSIONS(3, 503, "Too many sessions", Refusal.CAPACITY),
  BUSY(3, 503, "Too much to do", Refusal.CAPACITY),
  STOPPING(3, 503, "The server is stopping", Refusal.CAPACITY);

  private final int code;
  private final int status;
  private final String text;
  private final Refusal refusal;

  EngineFault(int code, int status, String text, Refusal refusal) {
    this.code = code;
    this.status = status;
    this.text = text;
    this.refusal = refusal;
  }

  /** For people, and for the close frame of a WebSocket. */
  String text() {
    return text;
  }

  HttpResponse response() {
    HttpResponse response = HttpResponse.json(status, "{\"code\":" + code + ",\"message\":\"" + text + "\"}");
    return status == 429 || status == 503 ? response.with("Retry-After", "5") : response;
  }

  /** The same to a request that would become a WebSocket. */
  Handshake refuse() {
    return new Handshake.Refuse(refusal, response());
  }
}
