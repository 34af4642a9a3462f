package dev.roost.socketio;

import dev.roost.core.Frame;

/** The packets of Engine.IO, by their first character, and those that are always the same. */
final class EnginePacket {
  static final byte OPEN = '0';
  static final byte CLOSE = '1';
  static final byte PING = '2';
  static final byte PONG = '3';
  static final byte MESSAGE = '4';
  static final byte UPGRADE = '5';
  static final byte NOOP = '6';
  /** In text: what follows is a binary message in base64. */
  static final byte BASE64 = 'b';

  static final Frame CLOSE_FRAME = Frame.text("1");
  static final Frame PING_FRAME = Frame.text("2");
  static final Frame NOOP_FRAME = Frame.text("6");
  static final Frame PROBE_ANSWER = Frame.text("3probe");

  private EnginePacket() {}
}
