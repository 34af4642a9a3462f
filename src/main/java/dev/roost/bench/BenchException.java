package dev.roost.bench;

/** The run cannot go on; the message is one line for people. */
final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message);
  }
}
