package dev.roost.ptt.auth;

/** A token is not good. The message is for the log and holds nothing of the token; there is no stack trace, because strangers can cause as many as they like. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedException(String why) {
    super(why, null, false, false);
  }
}
