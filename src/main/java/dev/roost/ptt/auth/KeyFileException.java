package dev.roost.ptt.auth;

/** A file of keys cannot be used; the message is for people, and names the file. */
final class KeyFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KeyFileException(String message) {
    super(message);
  }
}
