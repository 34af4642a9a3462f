package dev.roost.cluster;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;

/** Puts our commands into the library's, and its failures into ours. */
final class Wire {

  private Wire() {}

  /** @param byDigest whether a script is named only, or sent */
  static AsyncCommand<byte[], byte[], Object> encode(RedisCommand<?> command, boolean byDigest) {
    CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
    String name = command.name();
    if (command.script().isPresent()) {
      RedisScript<?> script = command.script().get();
      name = byDigest ? "EVALSHA" : "EVAL";
      args.add(byDigest ? script.digest() : script.source()).add(command.keys().size());
    }
    command.keys().forEach(key -> args.addKey(bytes(key)));
    for (Object argument : command.arguments()) {
      switch (argument) {
        case byte[] bytes -> args.add(bytes);
        case Number number -> args.add(number.longValue());
        default -> args.add(bytes(argument.toString()));
      }
    }
    return new AsyncCommand<>(new Command<>(new Name(name), new ReplyOutput(), args));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The script is not there, because the server was started anew, or told to forget its scripts. */
  static boolean isUnknownScript(Throwable failure) {
    return isRefusal(failure, "NOSCRIPT");
  }

  /** The server is no master any more. */
  static boolean isReplica(Throwable failure) {
    return isRefusal(failure, "READONLY");
  }

  /** Whether Redis answered, with a refusal. */
  static boolean isAnswer(Throwable failure) {
    return cause(failure) instanceof RedisFailure known && known.isRefusal();
  }

  static RedisFailure failure(RedisCommand<?> command, Throwable failure) {
    return switch (cause(failure)) {
      case RedisFailure known -> known;
      // Still reading its file: the next time may be better.
      case RedisCommandExecutionException refusal when isRefusal(refusal, "LOADING") || isRefusal(refusal, "CLUSTERDOWN") -> RedisFailure.unreachable("Redis: " + refusal.getMessage());
      case RedisCommandExecutionException refusal -> RedisFailure.refused("Redis refused " + command + ": " + refusal.getMessage());
      case RedisCommandTimeoutException _ -> RedisFailure.unreachable("Redis did not answer " + command + " within " + Clients.COMMAND_TIMEOUT.toMillis() + " ms");
      case ClassCastException _ -> RedisFailure.refused("Redis answered " + command + " with another kind of value");
      case Throwable other -> RedisFailure.unreachable("Redis cannot be reached: " + other.getMessage());
    };
  }

  /** What went wrong in the end, in one line. */
  static String reason(Throwable failure) {
    Throwable last = cause(failure);
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message.lines().findFirst().orElse(message);
  }

  private static boolean isRefusal(Throwable failure, String code) {
    return cause(failure) instanceof RedisCommandExecutionException refusal && refusal.getMessage() != null && refusal.getMessage().startsWith(code);
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
  }

  private record Name(String word, byte[] bytes) implements ProtocolKeyword {
    Name(String word) {
      this(word, Wire.bytes(word));
    }

    @Override
    public byte[] getBytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return word;
    }
  }
}
