package dev.roost.transport;

/** A certificate and its key cannot be used; the message is one line for people that names the file and what to do. */
public final class TlsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TlsException(String message) {
    super(message);
  }
}
