package dev.roost.cluster;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Whether a server takes what is written, or repeats another one: after a failover, or because the address is that of a replica. */
final class Role {
  static final RedisCommand<Boolean> QUESTION = RedisCommand.ofServer("ROLE", reply -> reply.items().getFirst().text().equals(Optional.of("slave")));

  private Role() {}

  /** A server that does not tell, because its access list says so, is taken for a master: if it is none, it says so at the first change. */
  static CompletionStage<Boolean> isReplica(StatefulConnection<byte[], byte[]> connection) {
    AsyncCommand<byte[], byte[], Object> question = Wire.encode(QUESTION, false);
    CompletionStage<Boolean> answer = question.handle((value, failure) -> {
      if (failure == null) {
        return CompletableFuture.completedFuture(QUESTION.answer().apply(new RedisReply(value)));
      }
      RedisFailure known = Wire.failure(QUESTION, failure);
      return known.isRefusal() ? CompletableFuture.completedFuture(false) : CompletableFuture.<Boolean>failedFuture(known);
    }).thenCompose(done -> done);
    connection.dispatch(question);
    return answer;
  }
}
