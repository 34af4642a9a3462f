package dev.roost.transport;

/**
 * Tells that the client of a request has gone before it got its answer; for handlers that answer late, such as long polling. On the loop of the socket.
 */
public final class Abandonment {
  private static final Runnable NOTHING = () -> {};

  private Runnable task = NOTHING;

  /** Runs the task when the client goes without its answer; at most once, and never after the answer was given. A second call replaces the task. */
  public void onAbandoned(Runnable abandoned) {
    task = abandoned;
  }

  void fire() {
    Runnable once = task;
    forget();
    once.run();
  }

  /** The request is answered. */
  void forget() {
    task = NOTHING;
  }

  /** Whether somebody wants to know. */
  boolean isWatched() {
    return task != NOTHING;
  }
}
