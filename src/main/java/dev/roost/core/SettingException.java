package dev.roost.core;

/** A setting is wrong; the message is one line for people that names the setting, the value and where it came from. */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SettingException(String message) {
    super(message);
  }
}
