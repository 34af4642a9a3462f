package dev.roost.bench;

import java.nio.charset.StandardCharsets;

/** One step of what a connection does before it counts as ready. */
sealed interface Step {
  /** What is sent or waited for. */
  String shown();

  /** The same with this value in place of a placeholder. */
  Step with(String placeholder, String value);

  /** Sends a message. */
  record Say(Template text) implements Step {
    @Override
    public String shown() {
      return text.text();
    }

    @Override
    public Step with(String placeholder, String value) {
      return new Say(text.with(placeholder, value));
    }
  }

  /** Goes on when a message has come that contains the text; it may have come before. */
  record Await(String text, Wire wire) implements Step {
    Await(String text) {
      this(text, Wire.TEXT);
    }

    @Override
    public String shown() {
      return text;
    }

    @Override
    public Step with(String placeholder, String value) {
      return new Await(text.replace(placeholder, value), wire);
    }

    /** The text as it arrives, one character a byte. */
    String bytes() {
      return new String(text.getBytes(wire.charset), StandardCharsets.ISO_8859_1);
    }
  }
}
