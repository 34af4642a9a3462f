package dev.roost.cluster;

/** A command was not carried out, or its answer did not come in time: then nobody knows whether it was. The message is one line for people, without the command's arguments. */
public final class RedisFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isRefusal;

  private RedisFailure(String message, boolean isRefusal) {
    // Thousands a second while Redis is away: without a stack trace they cost nothing.
    super(message, null, false, false);
    this.isRefusal = isRefusal;
  }

  static RedisFailure unreachable(String message) {
    return new RedisFailure(message, false);
  }

  static RedisFailure refused(String message) {
    return new RedisFailure(message, true);
  }

  /** Whether Redis answered, with an error: it cannot be known to be better the next time. */
  public boolean isRefusal() {
    return isRefusal;
  }
}
