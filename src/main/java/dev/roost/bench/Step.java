package dev.roost.bench;

import java.nio.charset.StandardCharsets;

/** One step of what a connection does before it counts as ready. */
sealed interface Step {
  /** Sends a message. */
  record Say(Template text) implements Step {}

  /** Goes on when a message has come that contains the text; it may have come before. */
  record Await(String text, Wire wire) implements Step {
    Await(String text) {
      this(text, Wire.TEXT);
    }

    /** The text as it arrives, one character a byte. */
    String bytes() {
      return new String(text.getBytes(wire.charset), StandardCharsets.ISO_8859_1);
    }
  }
}
