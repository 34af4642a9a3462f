package dev.roost.transport;

/** Does with a request that waits what the transport does; for tests of handlers that answer late. */
public final class Waiting {
  private Waiting() {}

  /** The client has gone. */
  public static void abandon(HttpRequest request) {
    request.abandonment().fire();
  }

  /** The answer is written. */
  public static void answered(HttpRequest request) {
    request.abandonment().forget();
  }
}
