package dev.roost.bench;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** As what kind of WebSocket message a text leaves. */
enum Wire {
  TEXT(StandardCharsets.UTF_8, Frames.TEXT),
  /** Each character is one byte, so that a text with placeholders can stand for any bytes. */
  BINARY(StandardCharsets.ISO_8859_1, Frames.BINARY);

  final Charset charset;
  final int opcode;

  Wire(Charset charset, int opcode) {
    this.charset = charset;
    this.opcode = opcode;
  }

  /** For people: bytes that are no letters as {@code \x00}. */
  String shown(String text) {
    if (this == TEXT) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.chars().forEach(letter -> shown.append(letter >= ' ' && letter <= '~' ? Character.toString(letter) : "\\x%02x".formatted(letter)));
    return shown.toString();
  }
}
