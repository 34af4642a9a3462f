package dev.roost.transport.msgpack;

/** The bytes are not one MessagePack value within the bounds. Thrown for what hostile clients send, so it costs no stack trace. */
public final class MsgPackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MsgPackException(String message) {
    super(message, null, false, false);
  }
}
