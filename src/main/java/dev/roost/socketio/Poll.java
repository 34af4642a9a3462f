package dev.roost.socketio;

import dev.roost.transport.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A GET of long polling, from its arrival to its answer. On the loop of the server. */
final class Poll {
  private final CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
  /** Whose it is; null until it is known, and for ever if it is nobody's. */
  private EngineSession session;
  private boolean carriesMessages;

  CompletionStage<HttpResponse> answer() {
    return answer;
  }

  void belongsTo(EngineSession owner) {
    session = owner;
  }

  void refuse(EngineFault fault) {
    answer.complete(fault.response());
  }

  /** {@code messages}: whether something is lost with this answer. */
  void answer(PayloadCodec.Payload payload, boolean messages) {
    carriesMessages = messages;
    answer.complete(HttpResponse.of(200, payload.contentType(), payload.bytes()));
  }

  boolean carriesMessages() {
    return carriesMessages;
  }

  /** The client has gone before the answer was written. */
  void abandoned() {
    if (session != null) {
      session.abandoned(this);
    }
  }
}
