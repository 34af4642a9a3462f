package dev.roost.socketio;

import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Long polling over HTTP: which request means what, and what goes wrong with it. Called on the loops of the sockets. */
final class EngineHttp implements HttpHandler {
  private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

  private final EngineServer server;
  private final CrossOrigin crossOrigin;

  EngineHttp(EngineServer server) {
    this.server = server;
    crossOrigin = new CrossOrigin(server.options().cors());
  }

  /** The session that a request is about; empty if it is to begin one. */
  static Optional<String> sessionId(HttpRequest request) {
    return request.parameter("sid").filter(id -> !id.isEmpty());
  }

  static boolean isWebSocket(HttpRequest request) {
    return request.parameter("transport").filter("websocket"::equals).isPresent();
  }

  /** What is wrong with a request whatever it asks for. */
  Optional<EngineFault> fault(HttpRequest request) {
    if (!server.options().origins().allow(request.header("Origin"))) {
      return Optional.of(EngineFault.FORBIDDEN);
    }
    boolean isKnown = isWebSocket(request) || request.parameter("transport").filter("polling"::equals).isPresent();
    return isKnown ? Optional.empty() : Optional.of(EngineFault.UNKNOWN_TRANSPORT);
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    return answer(request).thenApply(response -> crossOrigin.open(response));
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    if (request.method().equals("OPTIONS") && server.options().origins().allow(request.header("Origin"))) {
      return CompletableFuture.completedStage(crossOrigin.preflight(request));
    }
    Optional<EngineFault> fault = fault(request).or(() -> methodFault(request));
    if (fault.isPresent()) {
      return refused(fault.get());
    }
    return sessionId(request).map(id -> request.method().equals("GET") ? poll(request, id) : post(request, id)).orElseGet(() -> open(request));
  }

  private static Optional<EngineFault> methodFault(HttpRequest request) {
    boolean fits = request.method().equals("GET") || request.method().equals("POST") && sessionId(request).isPresent();
    if (!fits) {
      return Optional.of(EngineFault.BAD_METHOD);
    }
    // A WebSocket would have asked for the upgrade.
    return isWebSocket(request) ? Optional.of(EngineFault.BAD_REQUEST) : Optional.empty();
  }

  private static CompletionStage<HttpResponse> refused(EngineFault fault) {
    return CompletableFuture.completedStage(fault.response());
  }

  private CompletionStage<HttpResponse> open(HttpRequest request) {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    server.onLoop(() -> {
      Optional<EngineFault> fault = server.handshakeFault(request);
      answer.complete(fault.map(EngineFault::response).orElseGet(() -> opened(request)));
    });
    return answer;
  }

  private HttpResponse opened(HttpRequest request) {
    int protocol = server.protocol(request).orElseThrow();
    PayloadCodec codec = protocol == 4 ? Payload4.CODEC : request.parameter("b64").isPresent() ? Payload3.TEXT_ONLY : Payload3.BYTES;
    EngineSession session = server.open(protocol, request.client().address(), codec);
    PayloadCodec.Payload payload = codec.encode(List.of(session.openPacket()));
    return HttpResponse.of(200, payload.contentType(), payload.bytes());
  }

  private CompletionStage<HttpResponse> poll(HttpRequest request, String sessionId) {
    Poll poll = new Poll();
    // Handed over behind the poll itself, so it is known there by then.
    request.abandonment().onAbandoned(() -> server.loop().execute(poll::abandoned));
    // Also where this is the loop of the server: what another loop has read before, such as the end of an upgrade, may still wait there to be worked on.
    server.loop().execute(() -> server.find(sessionId).ifPresentOrElse(session -> session.poll(poll), () -> poll.refuse(EngineFault.UNKNOWN_SESSION)));
    return poll.answer();
  }

  private CompletionStage<HttpResponse> post(HttpRequest request, String sessionId) {
    byte[] body = request.body();
    if (!server.inFlight().admit(body.length)) {
      return refused(EngineFault.BUSY);
    }
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    server.loop().execute(() -> {
      server.inFlight().done(body.length);
      answer.complete(posted(request, sessionId).map(EngineFault::response).orElseGet(() -> HttpResponse.of(200, "text/html", OK)));
    });
    return answer;
  }

  private Optional<EngineFault> posted(HttpRequest request, String sessionId) {
    boolean isBinary = request.header("Content-Type").filter(PayloadCodec.BINARY::equals).isPresent();
    return server.find(sessionId).map(session -> session.post(request.body(), isBinary)).orElse(Optional.of(EngineFault.UNKNOWN_SESSION));
  }
}
